//! `behavior-trace dead-letters`.

mod change;
mod letter;
mod remove;
mod requeue;

use behavior_trace::spool::{DeadLetterId, DeadLetters};
use clap::{Args, Subcommand};

use super::spool::SpoolDirArgs;
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::session::CommandSession;

/// The spool directory, and what to do with its dead letters.
#[derive(Args, Debug)]
pub(crate) struct DeadLettersArgs {
    #[command(subcommand)]
    command: DeadLettersCommand,
    #[command(flatten)]
    directory: SpoolDirArgs,
}

#[derive(Debug, Subcommand)]
enum DeadLettersCommand {
    /// Lists the rows that no database took, the oldest first in each slot
    List {
        /// Shows all fields of each letter in place of a table
        #[arg(long)]
        all_fields: bool,
    },
    /// Shows one letter in full
    Show {
        /// Id of the letter, such as 0/17
        id: DeadLetterId,
    },
    /// Moves letters back into their spools, after their cause was mended
    Requeue(LettersArgs),
    /// Removes letters for good
    Remove {
        #[command(flatten)]
        letters: LettersArgs,
        #[command(flatten)]
        confirm: ConfirmArgs,
    },
}

/// The letters to change.
#[derive(Args, Debug)]
struct LettersArgs {
    /// Ids of the letters, such as 0/17
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<DeadLetterId>,
    /// All letters of the spool directory
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(
    session: &mut CommandSession,
    args: DeadLettersArgs,
) -> Result<(), Failure> {
    let directory = args.directory.path(session)?;
    let letters = DeadLetters::new(&directory);
    match args.command {
        DeadLettersCommand::List { all_fields } => {
            letter::list(session, &letters, all_fields).await
        }
        DeadLettersCommand::Show { id } => letter::show(session, &letters, id).await,
        DeadLettersCommand::Requeue(args) => requeue::run(session, &letters, args).await,
        DeadLettersCommand::Remove {
            letters: args,
            confirm,
        } => remove::run(session, &directory, args, confirm).await,
    }
}
