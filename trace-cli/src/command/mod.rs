//! The commands, one in a file.

pub(crate) mod catalogue;
pub(crate) mod completions;
pub(crate) mod coverage;
pub(crate) mod dead_letters;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod grants;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod partitions;
pub(crate) mod query;
pub(crate) mod relay;
pub(crate) mod retention;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod spool;
mod sql;
pub(crate) mod stats;
pub(crate) mod story;
pub(crate) mod tail;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::session::{CommandSession, OnInterrupt};

/// Runs a command until it is done or interrupted.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Completions(args) => return completions::run(args),
        Command::Man(args) => return man::run(args),
        _ => {}
    }
    let on_interrupt = OnInterrupt::default();
    let session = CommandSession::new(&cli.global, on_interrupt.clone())?;
    if ends_itself(&cli.command) {
        return Box::pin(run_in(session, cli.command)).await;
    }
    tokio::select! {
        // First, so that a command that never waits ends as other programs do.
        biased;
        done = run_in(session, cli.command) => done,
        () = interrupted() => Err(Failure::interrupted(on_interrupt.get())),
    }
}

/// Returns whether a command waits for the signal itself, and ends in order: its tails, or the rows in hand.
const fn ends_itself(command: &Command) -> bool {
    match command {
        Command::Serve(_) => true,
        Command::Relay(args) => args.ends_itself(),
        _ => false,
    }
}

async fn run_in(mut session: CommandSession, command: Command) -> Result<(), Failure> {
    let session = &mut session;
    match command {
        Command::Query(args) => query::run(session, args).await,
        Command::History(args) => history::run(session, args).await,
        Command::Story(args) => story::run(session, args).await,
        Command::Show(args) => show::run(session, args).await,
        Command::Tail(args) => tail::run(session, args).await,
        Command::Serve(args) => serve::run(session, args).await,
        Command::Export(args) => export::run(session, args).await,
        Command::Migrate(args) => migrate::run(session, args).await,
        Command::Retention(args) => retention::run(session, args).await,
        Command::Partitions(args) => partitions::run(session, args).await,
        Command::Erase(args) => erase::run(session, args).await,
        Command::Spool(args) => spool::run(session, args).await,
        Command::DeadLetters(args) => dead_letters::run(session, args).await,
        Command::Import(command) => import::run(session, command).await,
        Command::Relay(args) => relay::run(session, args).await,
        Command::Stats(args) => stats::run(session, args).await,
        Command::Doctor(args) => doctor::run(session, args).await,
        Command::Grants(args) => grants::run(session, &args),
        Command::Catalogue(args) => catalogue::run(session, args).await,
        Command::Coverage(args) => coverage::run(session, args).await,
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
