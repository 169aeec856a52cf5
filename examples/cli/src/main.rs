//! A command-line tool whose rows name who ran it.
//!
//! ```sh
//! cargo run -p behavior-trace-example-cli -- set mug 12
//! cargo run -p behavior-trace-example-cli -- --as 7 remove mug
//! ```
//!
//! `--file` selects the stock, `--activity` the database of its activity.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use clap::{Parser, Subcommand};
use serde_json::json;

/// Keeps the stock of a shop.
#[derive(Parser)]
#[command(name = "stock")]
struct Arguments {
    /// The file that has the stock.
    #[arg(long, default_value = "stock.json")]
    file: PathBuf,
    /// The database that has the activity.
    #[arg(long, default_value = "sqlite:activity.db")]
    activity: String,
    /// The user for whom this runs; without one it runs for the system.
    #[arg(long = "as", value_name = "USER")]
    user: Option<i64>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets how many there are of an article.
    Set { article: String, count: u32 },
    /// Removes an article.
    Remove { article: String },
}

type Stock = BTreeMap<String, u32>;

#[behavior_trace(action = "stock.update", resource = "Article", resource_id = article, payload = json!({"count": count}))]
fn set(file: &Path, article: &str, count: u32) -> Result<(), Box<dyn Error>> {
    let mut stock = read(file)?;
    stock.insert(article.to_owned(), count);
    write(file, &stock)
}

#[behavior_trace(action = "stock.delete", resource = "Article", resource_id = article)]
fn remove(file: &Path, article: &str) -> Result<(), Box<dyn Error>> {
    let mut stock = read(file)?;
    stock
        .remove(article)
        .ok_or_else(|| format!("there is no {article} in {}", file.display()))?;
    write(file, &stock)
}

fn main() {
    let arguments = Arguments::parse();
    let code = match run(&arguments) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {error}");
            1
        }
    };
    std::process::exit(code);
}

/// Runs the command, and stores its activity: `exit` in `main` runs no `Drop`.
fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let actor = arguments.user.map_or_else(Actor::system, Actor::user);
    let recorder = BehaviorTrace::start(&arguments.activity)?;
    recorder.install()?;
    let caller = Context::new().actor(actor);
    let outcome = caller.in_scope(|| change(arguments));
    recorder.shutdown_blocking(Duration::from_secs(5));
    outcome
}

fn change(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    match &arguments.command {
        Command::Set { article, count } => set(&arguments.file, article, *count),
        Command::Remove { article } => remove(&arguments.file, article),
    }
}

fn read(file: &Path) -> Result<Stock, Box<dyn Error>> {
    if !file.exists() {
        return Ok(Stock::new());
    }
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

fn write(file: &Path, stock: &Stock) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(file, serde_json::to_string_pretty(stock)?)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_catalogue_is_committed() {
        behavior_trace::catalogue::assert_committed("behavior-trace.catalogue.json");
    }
}
