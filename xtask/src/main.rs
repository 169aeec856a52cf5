//! Commands of the project: `cargo xtask <command>`, one file each.

mod bench;
mod cargo;
mod cluster;
mod counts;
mod deny;
mod deps;
mod error;
mod faults;
mod feature_costs;
mod features;
mod fleet;
mod guide;
mod law;
mod packages;
mod resolve;
mod servers;
mod simulate;
mod table;
mod test;

use std::env;
use std::process::ExitCode;

use error::TaskError;

/// A command: its name, its description, and its function, which receives the words after the name.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), TaskError>,
}

const COMMANDS: [Command; 15] = [
    Command {
        name: "test",
        about: "provision the servers, check everything, run all tests and end with the counts",
        run: test::run,
    },
    Command {
        name: "deps",
        about: "check that no package imports what it must not",
        run: deps::run,
    },
    Command {
        name: "packages",
        about: "check that each published package has its licences, README, list of files and settings for docs.rs",
        run: packages::run,
    },
    Command {
        name: "deny",
        about: "check the licences, sources and bans of dependencies with cargo-deny, installed below target/tools",
        run: deny::run,
    },
    Command {
        name: "resolve",
        about: "check the guide's table of the versions of sqlx, diesel, sea-orm and rusqlite beside which this crate resolves",
        run: resolve::run,
    },
    Command {
        name: "features",
        about: "check the guide's tables of how many packages each feature adds",
        run: feature_costs::run,
    },
    Command {
        name: "guide",
        about: "check that the guide lists its pages and that every link of the documentation leads somewhere",
        run: guide::run,
    },
    Command {
        name: "bench",
        about: "measure beside peers in the same run, all or by name (an unknown name lists them)",
        run: bench::run,
    },
    Command {
        name: "fill",
        about: "fill a table of 10,000,000 rows (--rows=N) on each server (--store=mysql|mariadb|both) and keep it",
        run: bench::fill,
    },
    Command {
        name: "instructions",
        about: "count the instructions of an event by callgrind, beside benches/instructions.txt (--bless writes it)",
        run: bench::instructions,
    },
    Command {
        name: "servers",
        about: "start MariaDB and MySQL, print their addresses and wait for Ctrl-C",
        run: servers::run,
    },
    Command {
        name: "faults",
        about: "run the fault catalogue in earnest (or --quick) and write target/faults.json",
        run: faults::run,
    },
    Command {
        name: "cluster",
        about: "lose the nodes of a cluster (gr, galera or nats) in earnest, and compare what was sent with what is stored",
        run: cluster::run,
    },
    Command {
        name: "fleet",
        about: "run a thousand recorders on one server (mariadb, mysql, or both), and compare what was sent with what is stored",
        run: fleet::run,
    },
    Command {
        name: "simulate",
        about: "run the writer against a simulated world (--minutes N, --seed N to replay one, --rules to see each missed)",
        run: simulate::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_usage() => {
            eprintln!("error: {error}\n\n{}", help());
            ExitCode::from(2)
        }
        Err(error) if error.is_told() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Result<(), TaskError> {
    let Some((name, rest)) = words.split_first() else {
        return Err(TaskError::usage("no command given"));
    };
    if matches!(name.as_str(), "--help" | "-h" | "help") || rest.iter().any(|word| word == "--help")
    {
        println!("{}", help());
        return Ok(());
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Err(TaskError::usage(format!("there is no command `{name}`"))),
    }
}

fn help() -> String {
    let lines = COMMANDS
        .iter()
        .map(|command| format!("  {:<10}{}", command.name, command.about));
    format!(
        "usage: cargo xtask <command>\n\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}
