//! `behavior-trace migrate run`.

use behavior_trace::schema::{MigrationPreview, Migrations, Takeover};
use clap::Args;

use super::row::{MigrationRow, MigrationStatementRow};
use crate::failure::Failure;
use crate::output::OutputFormat;
use crate::session::CommandSession;

/// Options of a run.
#[derive(Args, Debug)]
pub(super) struct MigrateRunArgs {
    /// Prints the SQL that would run, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Creates the database first if it is missing
    #[arg(long)]
    create_database: bool,
    /// Brings a table of the PHP package to the recorder's form, once PHP stores no more rows in it. Writers wait while the
    /// server copies the table
    #[arg(long)]
    finish_takeover: bool,
}

/// The commands that run statements, as they are printed.
const CREATE: &str = "migrate run --create-database";
pub(super) const RUN: &str = "migrate run";
const FINISH: &str = "migrate run --finish-takeover";

const INTERRUPTED: &str = "interrupted; the server may go on with the statement that was begun. Run the same command again: it goes \
     on after the last migration that was recorded";

pub(super) async fn run(
    session: &mut CommandSession,
    migrations: &Migrations,
    args: MigrateRunArgs,
) -> Result<(), Failure> {
    if args.dry_run {
        let preview = migrations.preview().await?;
        return print(session, &preview, &args);
    }
    session.on_interrupt().set(INTERRUPTED);
    if args.create_database && migrations.create_database().await? {
        let name = session.database_url()?;
        session.note(&format!("created the database `{}`", name.database_name()));
    }
    let applied = migrations.run().await?;
    if applied.is_empty() {
        session.note("no migration is pending");
    }
    let mut list = session.output.list(&session.clock);
    for migration in applied {
        list.item(&MigrationRow(migration))?;
    }
    list.end(None)?;
    takeover(session, migrations, args.finish_takeover).await
}

/// Finishes a takeover, or names what is left of it.
async fn takeover(
    session: &CommandSession,
    migrations: &Migrations,
    finish: bool,
) -> Result<(), Failure> {
    let takeover = migrations.takeover().await?;
    if takeover.is_finished() {
        if finish {
            session.note("no takeover is to be finished");
        }
        return Ok(());
    }
    if !finish {
        session.note(&left(&takeover));
        return Ok(());
    }
    session.note(&format!(
        "finishing the takeover: {}; writers wait while the server copies the table",
        takeover.differences.join(", ")
    ));
    migrations.finish_takeover().await?;
    session.note("the takeover is finished");
    Ok(())
}

fn left(takeover: &Takeover) -> String {
    format!(
        "the table is taken over from PHP, and rows are stored and read; {} columns differ: {}. `behavior-trace {FINISH}` changes \
         them once PHP stores no more rows there",
        takeover.differences.len(),
        takeover.differences.join(", ")
    )
}

fn print(
    session: &mut CommandSession,
    preview: &MigrationPreview,
    args: &MigrateRunArgs,
) -> Result<(), Failure> {
    if preview.database.is_some() && !args.create_database {
        return Err(Failure::failed(
            "the database does not exist; pass --create-database to create it before the tables",
        ));
    }
    let database = preview.database.as_deref();
    let takeover: &[String] = if args.finish_takeover {
        &preview.takeover.statements
    } else {
        &[]
    };
    let row = |by| move |statement| MigrationStatementRow { by, statement };
    let statements = database.into_iter().map(row(CREATE));
    let statements = statements
        .chain(preview.statements.iter().map(String::as_str).map(row(RUN)))
        .chain(takeover.iter().map(String::as_str).map(row(FINISH)));
    let statements: Vec<_> = statements.collect();
    if statements.is_empty() {
        session.note("no migration is pending");
    }
    if session.output.format == OutputFormat::Table {
        let sql = statements.iter().map(|row| format!("{};\n", row.statement));
        let sql = sql.collect::<Vec<_>>().join("\n");
        if !sql.is_empty() {
            session.output.text(&sql)?;
        }
    } else {
        let mut list = session.output.list(&session.clock);
        for statement in &statements {
            list.item(statement)?;
        }
        list.end(None)?;
    }
    if !args.finish_takeover && !preview.takeover.is_finished() {
        session.note(&left(&preview.takeover));
    }
    Ok(())
}
