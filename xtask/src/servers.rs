//! `cargo xtask servers`: runs servers for a developer.

use std::io;

use behavior_trace_servers::{Kind, Server};
use tokio::signal::unix::{SignalKind, signal};

use crate::error::TaskError;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!("`servers` takes no `{word}`")));
    }
    let mut servers = Vec::new();
    for kind in Kind::ALL {
        let server = Server::start(kind)?;
        let pid = server
            .pid()
            .ok()
            .flatten()
            .map(|pid| format!(" (process {pid})"))
            .unwrap_or_default();
        println!("# {kind} {}{pid}", server.version());
        println!("export {}='{}'", kind.url_variable(), server.url(""));
        servers.push(server);
    }
    // The handler is installed before Ctrl-C is announced. It also works if the parent ignores the signal, as a script does
    // for background processes.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| TaskError::source("listening for Ctrl-C", error))?;
    runtime
        .block_on(async {
            let mut interrupted = signal(SignalKind::interrupt())?;
            println!("# Ctrl-C ends them and removes their data");
            interrupted.recv().await;
            Ok(())
        })
        .map_err(|error: io::Error| TaskError::source("listening for Ctrl-C", error))
}
