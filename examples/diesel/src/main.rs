//! A diesel transaction as a unit of work: what is rolled back leaves no row.
//!
//! ```sh
//! cargo run -p behavior-trace-example-diesel -- 1 2 30      # moves 30 from account 1 to account 2
//! cargo run -p behavior-trace-example-diesel -- 1 2 1000    # fails, and moves nothing
//! ```
//!
//! The accounts are in `bank.db`, their activity in `activity.db`.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace, unit_of_work_blocking};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use schema::accounts;
use serde::Serialize;

mod schema {
    diesel::table! {
        accounts {
            id -> Integer,
            balance -> Integer,
        }
    }
}

#[derive(Queryable, Serialize)]
struct Account {
    id: i32,
    balance: i32,
}

/// Adds to an account; a negative amount takes from it.
#[behavior_trace(action = "account.update", resource = "Account", resource_id = id, bind = event)]
fn add(connection: &mut SqliteConnection, id: i32, amount: i32) -> QueryResult<()> {
    let account = accounts::table.find(id);
    let before: Account = account.first(connection)?;
    diesel::update(account)
        .set(accounts::balance.eq(accounts::balance + amount))
        .execute(connection)?;
    event.diff(&before, &account.first::<Account>(connection)?);
    Ok(())
}

/// Moves an amount; both rows leave after the commit, or neither does.
fn transfer(connection: &mut SqliteConnection, from: i32, to: i32, amount: i32) -> QueryResult<()> {
    unit_of_work_blocking(|| {
        connection.transaction(|connection| {
            add(connection, to, amount)?;
            add(connection, from, -amount)
        })
    })
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;

    let words: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, amount] = &words[..] else {
        return Err("pass two accounts and an amount: 1 2 30".into());
    };
    let (from, to, amount) = (from.parse()?, to.parse()?, amount.parse()?);
    let mut connection = open()?;
    let teller = Context::new().actor(Actor::user(7));
    let moved = teller.in_scope(|| transfer(&mut connection, from, to, amount));
    println!("{}", recorder.shutdown_blocking(Duration::from_secs(5)));
    Ok(moved?)
}

/// Opens the bank; a new one has two accounts with 100 each.
fn open() -> Result<SqliteConnection, Box<dyn Error>> {
    let mut connection = SqliteConnection::establish("bank.db")?;
    connection.batch_execute(
        "CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
         INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100);",
    )?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_catalogue_is_committed() {
        behavior_trace::catalogue::assert_committed("behavior-trace.catalogue.json");
    }
}
