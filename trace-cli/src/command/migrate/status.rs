//! `behavior-trace migrate status`.

use behavior_trace::schema::{MigrationState, Migrations};
use clap::Args;

use super::row::MigrationRow;
use crate::failure::Failure;
use crate::session::CommandSession;

/// Options of the status.
#[derive(Args, Debug)]
pub(super) struct StatusArgs {
    /// Exits with 3 if a migration is pending, incomplete, changed or refused
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(
    session: &mut CommandSession,
    migrations: &Migrations,
    args: StatusArgs,
) -> Result<(), Failure> {
    let status = migrations.status().await?;
    let unfinished = status.iter().filter(|one| !is_done(one.state)).count();
    let mut list = session.output.list(&session.clock);
    for migration in status {
        list.item(&MigrationRow(migration))?;
    }
    list.end(None)?;
    if args.check && unfinished > 0 {
        return Err(Failure::found(format!(
            "{unfinished} migrations are to be looked at; `behavior-trace migrate run` applies what is pending"
        )));
    }
    Ok(())
}

/// Returns whether the table is ready for this release as far as the migration goes.
const fn is_done(state: MigrationState) -> bool {
    matches!(
        state,
        MigrationState::Applied | MigrationState::Newer | MigrationState::TakenOver
    )
}
