//! Rows 101 to 115: no row is lost through a fault of its server. `H1` to `H15` are the inputs that once destroyed rows.
//!
//! In the normal test run a statement may take 300 ms, and a fault lasts some seconds. In the full run the limits are the
//! defaults, and the fault lasts longer than each of them.

mod accounts;
mod commits;
pub(super) mod compare;
mod crowd;
mod cuts;
mod keys;
mod limits;
mod locks;
mod others;
mod rules;
mod schema;
mod sessions;
mod settings;
pub(super) mod trial;

use std::thread;
use std::time::Duration;

use behavior_trace_servers::Kind;

use super::rounds;

/// Returns the time limit of a statement.
pub(crate) fn limit() -> Duration {
    match rounds(0, 1) {
        0 => Duration::from_millis(300),
        _ => Duration::from_secs(5),
    }
}

/// Returns the duration of a fault, from seconds.
pub(crate) fn lasts(quick: u32, earnest: u32) -> Duration {
    Duration::from_secs(rounds(quick, earnest).into())
}

/// Runs a row that mostly waits. In the full run the tests run one by one, so there MariaDB's test runs the row on both
/// servers at the same time.
pub(crate) fn side_by_side(kind: Kind, row: fn(Kind)) {
    match (rounds(0, 1), kind) {
        (0, _) => row(kind),
        (_, Kind::MySql) => {}
        (_, Kind::MariaDb) => {
            // The scope waits for both, even if one fails.
            thread::scope(|both| {
                both.spawn(|| row(Kind::MySql));
                row(kind);
            });
        }
    }
}
