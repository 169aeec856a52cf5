//! Tests of the commands as processes.

#![expect(
    clippy::unwrap_used,
    reason = "this file is tests, functions that the tests share included"
)]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

fn xtask(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(words)
        .output()
        .unwrap()
}

#[test]
fn help_lists_the_commands() {
    let output = xtask(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for command in ["test", "deps", "servers"] {
        assert!(
            help.lines()
                .any(|line| line.trim_start().starts_with(command)),
            "{help}"
        );
    }
}

#[test]
fn a_wrong_command_fails_and_shows_the_help() {
    for (words, said) in [
        (&["tset"][..], "there is no command `tset`"),
        (&[], "no command"),
        (&["test", "x"], "no `x`"),
    ] {
        let output = xtask(words);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains(said) && error.contains("usage: cargo xtask <command>"),
            "{error}"
        );
    }
}

#[test]
fn the_workspace_keeps_the_import_law() {
    let output = xtask(&["deps"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs `cargo xtask servers` and returns the addresses of its servers.
fn two_servers() -> (Child, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let mut child = command
        .arg("servers")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let lines: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
    let addresses = lines
        .iter()
        .filter_map(|line| line.split_once('@')?.1.split('/').next());
    (child, addresses.map(str::to_owned).collect())
}

fn servers_end_when_their_process_gets(signal: Signal) {
    let (mut child, addresses) = two_servers();
    assert_eq!(addresses.len(), 2);
    for address in &addresses {
        TcpStream::connect(address).unwrap();
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{signal:?} did not end it");
        }
        thread::sleep(Duration::from_millis(20));
    }
    while addresses
        .iter()
        .any(|address| TcpStream::connect(address).is_ok())
    {
        assert!(
            Instant::now() < deadline,
            "the servers at {addresses:?} outlive their process"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn servers_end_when_their_process_is_killed() {
    servers_end_when_their_process_gets(Signal::KILL);
}

#[test]
fn servers_end_on_ctrl_c() {
    servers_end_when_their_process_gets(Signal::INT);
}
