//! `behavior-trace migrate`.

mod index;
mod row;
mod run;
mod status;

use behavior_trace::schema::Migrations;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::sql::print_sql;
use crate::failure::Failure;
use crate::output::{OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;
use row::MigrationStatementRow;

/// The step of the migrations.
#[derive(Args, Debug)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    command: MigrateCommand,
}

#[derive(Debug, Subcommand)]
enum MigrateCommand {
    /// Applies the pending migrations
    ///
    /// Writers go on meanwhile. A table of the PHP package's first release is taken over: its rows stay.
    Run(run::MigrateRunArgs),
    /// Shows the state of each migration
    Status(status::StatusArgs),
    /// Prints the SQL of all migrations, for an administrator. It connects nowhere
    Print,
    /// Removes the records of interrupted runs
    ///
    /// `migrate run` repeats an interrupted migration itself. Only an earlier release needs this.
    Repair,
    /// Creates an index beyond those of the table
    Index(index::IndexArgs),
}

pub(crate) async fn run(session: &mut CommandSession, args: MigrateArgs) -> Result<(), Failure> {
    let migrations = Migrations::new(&session.database_url()?);
    match args.command {
        MigrateCommand::Run(args) => run::run(session, &migrations, args).await,
        MigrateCommand::Status(args) => status::run(session, &migrations, args).await,
        MigrateCommand::Print => print(session, &migrations),
        MigrateCommand::Repair => repair(session, &migrations).await,
        MigrateCommand::Index(args) => index::run(session, &migrations, args).await,
    }
}

fn print(session: &mut CommandSession, migrations: &Migrations) -> Result<(), Failure> {
    let script = migrations.to_sql();
    let rows = statements(&script).map(|statement| MigrationStatementRow {
        by: run::RUN,
        statement,
    });
    print_sql(session, &script, rows)
}

/// Returns the statements of a script: each has a comment in front and a blank line behind.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    let parts = script.split_terminator(";\n\n");
    parts.map(|part| match part.split_once('\n') {
        Some((comment, statement)) if comment.starts_with("-- ") => statement,
        _ => part,
    })
}

async fn repair(session: &mut CommandSession, migrations: &Migrations) -> Result<(), Failure> {
    session.on_interrupt().set(
        "interrupted; records of runs that were not completed may be removed. The next `behavior-trace migrate run` repeats such \
         a run either way",
    );
    let removed = migrations.repair().await?;
    let summary = RepairSummary { removed };
    Ok(session.output.one(&summary, &session.clock)?)
}

/// Result of a repair.
#[derive(Serialize)]
struct RepairSummary {
    removed: u64,
}

impl OutputRecord for RepairSummary {
    const FIELDS: &'static [&'static str] = &["removed"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        vec!["records removed".to_owned()]
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![TextCell::number(self.removed)]
    }
}
