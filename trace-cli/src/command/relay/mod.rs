//! `behavior-trace relay`.

mod health;
mod login;
mod publish;
mod run;
mod server;
mod setup;
mod target;

use behavior_trace_nats::NatsError;
use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::CommandSession;
pub(crate) use login::NatsLoginArgs;
pub(crate) use target::stream_of;

/// What to do with the stream in front of the table, and with copies of its rows.
#[derive(Args, Debug)]
pub(crate) struct RelayArgs {
    #[command(subcommand)]
    command: RelayCommand,
}

#[derive(Debug, Subcommand)]
enum RelayCommand {
    /// Creates the streams and the consumer, and changes none that exist
    Setup(setup::SetupArgs),
    /// Stores the rows of the stream in the table, until it is interrupted
    Run(run::RunArgs),
    /// Follows the table into Parquet files by day, or into a stream for other readers
    Publish(publish::PublishArgs),
}

impl RelayArgs {
    /// Returns whether the command ends in order by itself when it is interrupted.
    pub(crate) const fn ends_itself(&self) -> bool {
        matches!(
            self.command,
            RelayCommand::Run(_) | RelayCommand::Publish(_)
        )
    }
}

pub(crate) async fn run(session: &mut CommandSession, args: RelayArgs) -> Result<(), Failure> {
    match args.command {
        RelayCommand::Setup(args) => setup::run(session, &args).await,
        RelayCommand::Run(args) => run::run(session, &args).await,
        RelayCommand::Publish(args) => publish::run(session, args).await,
    }
}

impl From<NatsError> for Failure {
    fn from(error: NatsError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}
