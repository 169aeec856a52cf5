//! What goes wrong, made to go wrong: each test is a row of the fault catalogue, against servers of its own.
//!
//! Here a few rounds of each are run. `cargo xtask faults` runs the same tests in earnest, with the rounds that it names in
//! `BEHAVIOR_TRACE_FAULTS`, and gathers what they measured in `target/faults.json`.

mod batches;
mod child;
mod forking;
mod host;
mod judgement;
mod load;
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

/// Runs a row on both servers, as two tests; where the fault is not the server's, on MySQL only in earnest.
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

/// How many rounds, or seconds, of something: few in the normal test run, all of them in earnest.
pub(crate) fn rounds(quick: u32, earnest: u32) -> u32 {
    // Another process of a row gets the second: the recorder there complains of names like the first.
    let names = ["BEHAVIOR_TRACE_FAULTS", "FAULTS_ROUNDS"];
    let is_earnest = |name| std::env::var(name).is_ok_and(|rounds| rounds == "earnest");
    if names.into_iter().any(is_earnest) {
        earnest
    } else {
        quick
    }
}
