//! `cargo xtask test`: runs all checks and tests on real servers, and ends with the counts.

use std::env;
use std::time::Instant;

use behavior_trace_servers::{
    DuckDb, Kind, Php, Server, Valgrind, provision_axe, provision_chromium, provision_galera,
    provision_nats, provision_prometheus,
};

use crate::cargo::{self, Variable};
use crate::counts::Counts;
use crate::error::TaskError;
use crate::{bench, deny, deps, feature_costs, features, guide, packages, resolve};

/// A call of cargo that must succeed.
struct Step {
    name: &'static str,
    words: &'static [&'static str],
    variable: Option<(&'static str, &'static str)>,
}

/// Ordered by cost, except that tests come last because of their counts. Checks of the workspace share flags, so that
/// nothing is built twice.
const CHECKS: [Step; 7] = [
    Step {
        name: "format",
        words: &["fmt", "--all", "--check"],
        variable: None,
    },
    Step {
        name: "bare facade",
        words: &["check", "--package=behavior-trace", "--no-default-features"],
        variable: None,
    },
    Step {
        name: "no dialect",
        words: &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
        variable: None,
    },
    Step {
        name: "MySQL alone",
        words: &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--features=mysql",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
        variable: None,
    },
    Step {
        name: "SQLite alone",
        words: &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--features=sqlite",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
        variable: None,
    },
    Step {
        name: "lints",
        words: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "--deny=warnings",
        ],
        variable: None,
    },
    Step {
        name: "documentation",
        words: &["doc", "--workspace", "--no-deps", "--all-features"],
        variable: Some(("RUSTDOCFLAGS", "--deny=warnings")),
    },
];
const TESTS: Step = Step {
    name: "tests",
    words: &["test", "--workspace", "--all-features", "--no-fail-fast"],
    variable: None,
};
/// Packages with a workspace of their own: beside them cargo would build every package with their features.
const APART: [Step; 5] = [
    Step {
        name: "tests without logging",
        words: &[
            "test",
            "--manifest-path=tests/logging_off/Cargo.toml",
            "--target-dir=target/logging_off",
        ],
        variable: None,
    },
    Step {
        name: "tests with sqlx 0.8",
        words: &[
            "test",
            "--manifest-path=tests/sqlx08/Cargo.toml",
            "--target-dir=target/apart",
        ],
        variable: None,
    },
    Step {
        name: "programs of the guide",
        words: &[
            "test",
            "--manifest-path=tests/recipes/Cargo.toml",
            "--target-dir=target/apart",
            "--test=programs",
            "--test=templates",
        ],
        variable: None,
    },
    Step {
        name: "example jobs",
        words: &[
            "test",
            "--manifest-path=examples/jobs/Cargo.toml",
            "--target-dir=target/apart",
        ],
        variable: None,
    },
    Step {
        name: "example actix-sea-orm",
        words: &[
            "test",
            "--manifest-path=examples/actix-sea-orm/Cargo.toml",
            "--target-dir=target/apart",
        ],
        variable: None,
    },
];
/// Examples that end by themselves and can therefore run here.
const EXAMPLES: [&str; 1] = ["quickstart"];

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!(
            "`test` takes no `{word}`: it runs everything"
        )));
    }
    let (servers, variables) = servers()?;
    tools()?;
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    let mut record = |name: &str, outcome: Result<(), TaskError>| {
        failures.extend(outcome.err().map(|error| format!("{name}: {error}")));
    };
    record("imports", timed("imports", || deps::run(&[])));
    record("links", timed("links", || guide::run(&[])));
    record("cargo deny", timed("cargo deny", deny::check));
    record("packages", timed("packages", || packages::run(&[])));
    record(
        "beside other database crates",
        timed("beside other database crates", resolve::check),
    );
    record(
        "what each feature adds",
        timed("what each feature adds", feature_costs::check),
    );
    record(
        "each feature alone",
        timed("each feature alone", features::check_each),
    );
    for step in &CHECKS {
        record(
            step.name,
            timed(step.name, || call(step, &variables, &mut Counts::default())),
        );
    }
    record(
        "instructions",
        timed("instructions", || bench::instructions(&[])),
    );
    for name in EXAMPLES {
        record(
            name,
            timed(name, || {
                cargo::stream(&["run", "--quiet", "--example", name], &variables, |_| ())
            }),
        );
    }
    for step in APART.iter().chain([&TESTS]) {
        record(
            step.name,
            timed(step.name, || call(step, &variables, &mut counts)),
        );
    }
    drop(servers);

    for failure in &failures {
        eprintln!("failed: {failure}");
    }
    println!("{counts}");
    if failures.is_empty() && counts.is_good() {
        Ok(())
    } else {
        Err(TaskError::told())
    }
}

/// Finds or fetches Prometheus, Chromium, DuckDB, Galera, Valgrind and NATS, so that no test does.
fn tools() -> Result<(), TaskError> {
    let begun = Instant::now();
    let prometheus = provision_prometheus()?;
    println!(
        "Prometheus: {}, after {:.1?}",
        prometheus.version(),
        begun.elapsed()
    );
    let begun = Instant::now();
    let galera = provision_galera()?;
    println!(
        "Galera: {}, after {:.1?}",
        galera.display(),
        begun.elapsed()
    );
    let begun = Instant::now();
    let valgrind = Valgrind::find()?.version()?;
    println!("Valgrind: {valgrind}, after {:.1?}", begun.elapsed());
    let begun = Instant::now();
    let nats = provision_nats()?;
    println!("NATS: {}, after {:.1?}", nats.version(), begun.elapsed());
    let begun = Instant::now();
    let chromium = provision_chromium()?;
    provision_axe()?;
    println!(
        "Chromium: {}, after {:.1?}",
        chromium.version(),
        begun.elapsed()
    );
    let begun = Instant::now();
    let duckdb = DuckDb::find()?;
    println!(
        "DuckDB: {}, after {:.1?}",
        duckdb.version(),
        begun.elapsed()
    );
    Ok(())
}

/// Starts one server of each kind that the environment does not name, and returns the variables that name them. Finds or
/// fetches PHP, so that no test does.
fn servers() -> Result<(Vec<Server>, Vec<Variable>), TaskError> {
    let (mut servers, mut variables) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        let variable = kind.url_variable();
        if env::var_os(variable).is_some_and(|url| !url.is_empty()) {
            println!("{kind}: the one that {variable} names");
            continue;
        }
        let begun = Instant::now();
        let server = Server::start(kind)?;
        println!(
            "{kind}: {} at {}, after {:.1?}",
            server.version(),
            server.address(),
            begun.elapsed()
        );
        variables.push((variable.to_owned(), server.url("")));
        servers.push(server);
    }
    println!("PHP: {}", Php::find()?.version());
    Ok((servers, variables))
}

fn call(step: &Step, variables: &[Variable], counts: &mut Counts) -> Result<(), TaskError> {
    let own = step
        .variable
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables: Vec<_> = variables.iter().cloned().chain(own).collect();
    cargo::stream(step.words, &variables, |line| counts.see(line))
}

fn timed(name: &str, step: impl FnOnce() -> Result<(), TaskError>) -> Result<(), TaskError> {
    println!("== {name}");
    let begun = Instant::now();
    let outcome = step();
    let verdict = if outcome.is_ok() { "good" } else { "FAILED" };
    println!("== {name}: {verdict} after {:.0?}", begun.elapsed());
    outcome
}
