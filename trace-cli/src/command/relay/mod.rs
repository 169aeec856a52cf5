//! `behavior-trace relay`.

mod publish;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::CommandSession;

/// What to do with copies of rows.
#[derive(Args, Debug)]
pub(crate) struct RelayArgs {
    #[command(subcommand)]
    command: RelayCommand,
}

#[derive(Debug, Subcommand)]
enum RelayCommand {
    /// Follows the table into Parquet files by day, in a folder or on S3
    Publish(publish::PublishArgs),
}

pub(crate) async fn run(session: &mut CommandSession, args: RelayArgs) -> Result<(), Failure> {
    match args.command {
        RelayCommand::Publish(args) => publish::run(session, args).await,
    }
}
