//! `behavior-trace catalogue`.

mod diff;
mod docs;
mod file;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::CommandSession;

/// Commands on catalogues.
#[derive(Args, Debug)]
pub(crate) struct CatalogueArgs {
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Compares two catalogues, and exits with 3 where a name or a field vanished without a listed reason
    Diff(diff::DiffArgs),
    /// Prints a catalogue as Markdown, grouped by resource
    Docs(docs::DocsArgs),
}

pub(crate) async fn run(session: &mut CommandSession, args: CatalogueArgs) -> Result<(), Failure> {
    match args.command {
        CatalogueCommand::Diff(args) => diff::run(session, &args),
        CatalogueCommand::Docs(args) => docs::run(session, args).await,
    }
}
