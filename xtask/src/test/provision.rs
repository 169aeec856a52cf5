//! What the tests need from elsewhere: the servers of each lane, and the tools that no test fetches.

use std::env;
use std::time::Instant;

use behavior_trace_servers::{
    DuckDb, Kind, Php, Server, ServerError, Valgrind, provision_axe, provision_chromium,
    provision_galera, provision_moto, provision_nats, provision_prometheus,
};

use super::steps::LANES;
use crate::cargo::Variable;

/// One server of each kind that the environment does not name.
pub(super) struct TestServers {
    variables: Vec<Variable>,
    /// They run as long as this value lives.
    _running: Vec<Server>,
}

impl TestServers {
    fn start() -> Result<Self, ServerError> {
        let (mut running, mut variables) = (Vec::new(), Vec::new());
        for kind in Kind::ALL {
            let variable = kind.url_variable();
            if env::var_os(variable).is_some_and(|url| !url.is_empty()) {
                println!("{kind}: the one that {variable} names");
                continue;
            }
            let server = timed(
                &kind.to_string(),
                || Server::start(kind),
                |server| format!("{} at {}", server.version(), server.address()),
            )?;
            variables.push((variable.to_owned(), server.url("")));
            running.push(server);
        }
        Ok(Self {
            variables,
            _running: running,
        })
    }

    /// Returns the variables that name these servers.
    pub(super) fn variables(&self) -> &[Variable] {
        &self.variables
    }
}

/// Finds or fetches all tools, and starts servers for each lane: the tests of one lane change settings that those of another
/// would see.
pub(super) fn provide() -> Result<[TestServers; LANES.len()], ServerError> {
    timed("PHP", Php::find, |php| php.version().to_owned())?;
    timed("Prometheus", provision_prometheus, |found| {
        found.version().to_owned()
    })?;
    timed("Galera", provision_galera, |path| {
        path.display().to_string()
    })?;
    timed("Valgrind", || Valgrind::find()?.version(), Clone::clone)?;
    timed("NATS", provision_nats, |found| found.version().to_owned())?;
    timed("moto", provision_moto, |path| path.display().to_string())?;
    timed("Chromium", provision_chromium, |found| {
        found.version().to_owned()
    })?;
    timed("axe", provision_axe, |_| String::new())?;
    timed("DuckDB", DuckDb::find, |found| found.version().to_owned())?;
    Ok([TestServers::start()?, TestServers::start()?])
}

/// Prints what `find` has found, and after what time.
fn timed<T>(
    name: &str,
    find: impl FnOnce() -> Result<T, ServerError>,
    text: impl FnOnce(&T) -> String,
) -> Result<T, ServerError> {
    let begun = Instant::now();
    let found = find()?;
    println!("{name}: {}, after {:.1?}", text(&found), begun.elapsed());
    Ok(found)
}
