//! `cargo xtask servers`: servers for a developer's own use.

use std::thread;

use behavior_trace_servers::{Kind, Server};

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
    println!("# Ctrl-C ends them and removes their data");
    // Ctrl-C ends this process, and the servers end with it.
    loop {
        thread::park();
    }
}
