//! `behavior-trace retention`.

mod preview;
mod run;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::CommandSession;

/// What to do with old rows.
#[derive(Args, Debug)]
pub(crate) struct RetentionArgs {
    #[command(subcommand)]
    command: RetentionCommand,
}

#[derive(Debug, Subcommand)]
enum RetentionCommand {
    /// Moves old rows to the archive, or deletes them, in small steps beside live writers
    Run(run::RetentionRunArgs),
    /// Counts the rows that a run would remove, and changes nothing
    Preview(preview::PreviewArgs),
}

pub(crate) async fn run(session: &mut CommandSession, args: RetentionArgs) -> Result<(), Failure> {
    match args.command {
        RetentionCommand::Run(args) => run::run(session, args).await,
        RetentionCommand::Preview(args) => preview::run(session, args).await,
    }
}
