//! `cargo xtask test`: runs all checks and tests on real servers, and ends with the counts.
//!
//! Checks and the build use all cores. Tests wait more than they compute, so they run in two lanes at the same time.

mod lane;
mod provision;
mod steps;

use std::thread;
use std::time::Instant;

use crate::error::TaskError;
use lane::Results;
use provision::TestServers;
use steps::{CHECKS, LANES};

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!(
            "`test` takes no `{word}`: it runs everything"
        )));
    }
    let begun = Instant::now();
    // What is fetched waits for the network, and what is built does not.
    let (mut results, provided) = thread::scope(|scope| {
        let provided = scope.spawn(provision::provide);
        let results = Results::of(&CHECKS, &[]);
        (results, provided.join())
    });
    let servers = provided.map_err(|_| died())??;
    let lanes: Vec<_> = thread::scope(|scope| {
        let lanes = LANES.iter().zip(&servers);
        let running: Vec<_> = lanes
            .map(|(steps, servers)| scope.spawn(|| Results::of(steps, servers.variables())))
            .collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    drop::<[TestServers; LANES.len()]>(servers);
    for lane in lanes {
        results.add(lane.map_err(|_| died())?);
    }
    println!("== all of it after {:.0?}", begun.elapsed());
    results.conclude()
}

fn died() -> TaskError {
    TaskError::run("cargo xtask test", "panicked; the panic is above")
}
