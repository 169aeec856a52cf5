//! `behavior-trace`: the table of activity from a terminal.

mod args;
mod command;
mod confirm;
mod failure;
mod interrupt;
mod message;
mod output;
mod progress;
mod secret;
mod session;
mod settings;
mod state_file;
mod when;
mod words;

use std::env;
use std::process::ExitCode;

use args::Cli;
use failure::Failure;

fn main() -> ExitCode {
    let cli = match Cli::from_words(env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(command::run(cli));
            // A pending name lookup must not delay the end.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(Failure::failed(format!(
            "the runtime could not be started: {error}"
        ))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
