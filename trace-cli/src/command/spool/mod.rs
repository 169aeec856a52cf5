//! `behavior-trace spool`.

mod buffers;
mod drain;
mod slots;

use std::path::PathBuf;

use behavior_trace::spool::{Buffers, Spools};
use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::CommandSession;

/// The spool directory, and what to do with its slots.
#[derive(Args, Debug)]
pub(crate) struct SpoolArgs {
    #[command(subcommand)]
    command: SpoolCommand,
    #[command(flatten)]
    directory: SpoolDirArgs,
}

/// The spool directory.
#[derive(Args, Debug)]
pub(crate) struct SpoolDirArgs {
    /// Spool directory of the recorders [env: BEHAVIOR_TRACE_SPOOL_DIR]
    #[arg(long, value_name = "PATH", global = true)]
    spool_dir: Option<PathBuf>,
}

impl SpoolDirArgs {
    pub(super) fn path(&self, session: &CommandSession) -> Result<PathBuf, Failure> {
        session.settings.spool_dir(self.spool_dir.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum SpoolCommand {
    /// Lists the slots, one for each process that spools or did
    List,
    /// Shows one slot
    Show {
        /// Number of the slot
        slot: usize,
    },
    /// Lists the mapped buffers, with the events of killed processes that no spool has
    Buffers,
    /// Stores the rows of processes that are gone in the database, the oldest first
    #[command(after_help = drain::AFTER_HELP)]
    Drain(drain::DrainArgs),
}

pub(crate) async fn run(session: &mut CommandSession, args: SpoolArgs) -> Result<(), Failure> {
    let directory = args.directory.path(session)?;
    let (spools, buffers) = (Spools::new(&directory), Buffers::new(&directory));
    match args.command {
        SpoolCommand::List => slots::list(session, &spools, &buffers).await,
        SpoolCommand::Show { slot } => slots::show(session, &spools, slot).await,
        SpoolCommand::Buffers => buffers::list(session, &buffers),
        SpoolCommand::Drain(args) => drain::run(session, &spools, &buffers, args).await,
    }
}
