//! Injected faults: each test is a row of the fault catalogue, on its own servers.
//!
//! The normal test run has a few rounds of each. `cargo xtask faults` is the full run: the number of rounds comes from
//! `BEHAVIOR_TRACE_FAULTS`, and the measurements go to `target/faults.json`.

mod batches;
mod child;
mod cluster;
mod failover;
mod fleet;
mod follow;
mod forking;
mod host;
mod judgement;
pub(crate) mod load;
mod mapped;
mod on_disk;
mod order;
mod overload;
mod proxy;
mod refusals;
mod report;
mod rules;
mod servers;
mod site;
mod spool;
mod wire;

/// Defines a row as two tests, one for each server. If the fault is not the server's, MySQL's runs only in the full run.
macro_rules! on_both {
    (mysql in earnest; $($(#[$attribute:meta])* $name:ident => $row:path;)*) => {
        mod mariadb {
            $(#[test] $(#[$attribute])* fn $name() { $row(behavior_trace_servers::Kind::MariaDb); })*
        }
        mod mysql {
            $(
                #[test]
                #[ignore = "on MySQL run by `cargo xtask faults`"]
                fn $name() { $row(behavior_trace_servers::Kind::MySql); }
            )*
        }
    };
    ($($(#[$attribute:meta])* $name:ident => $row:path;)*) => {
        mod mariadb {
            $(#[test] $(#[$attribute])* fn $name() { $row(behavior_trace_servers::Kind::MariaDb); })*
        }
        mod mysql {
            $(#[test] $(#[$attribute])* fn $name() { $row(behavior_trace_servers::Kind::MySql); })*
        }
    };
}
pub(crate) use on_both;

/// Returns a number of rounds or seconds: `quick` in the normal test run, `earnest` in the full run.
pub(crate) fn rounds(quick: u32, earnest: u32) -> u32 {
    // Other processes of a row get the second name: their recorder would warn about the first.
    let names = ["BEHAVIOR_TRACE_FAULTS", "FAULTS_ROUNDS"];
    let is_earnest = |name| std::env::var(name).is_ok_and(|rounds| rounds == "earnest");
    if names.into_iter().any(is_earnest) {
        earnest
    } else {
        quick
    }
}
