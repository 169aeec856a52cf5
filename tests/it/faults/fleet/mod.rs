//! Row 45: a fleet of applications, each with a recorder of its own, on one server.
//!
//! All start in the same second, record at a low rate with a burst, lose the server, and get it back.

mod hosts;
mod site;
mod watch;

use std::time::Duration;

use behavior_trace_servers::Kind;

use super::{on_both, rounds};
use site::{FleetSite, Plan};

on_both! {
    a_fleet_larger_than_its_server_takes_turns => super::crowded;
    #[ignore = "run by `cargo xtask fleet`"]
    a_fleet_whose_server_has_room_for_all_is_never_refused => super::roomy;
}

/// Time between two events of a host: shorter than an idle connection is kept.
fn period() -> Duration {
    Duration::from_secs(rounds(1, 5).into())
}

/// Room for a third of the hosts; in earnest the servers' own default for a thousand.
fn crowded(kind: Kind) {
    let (hosts, room) = match rounds(0, 1) {
        0 => (100, 33),
        _ => (1000, 151),
    };
    let plan = Plan {
        hosts,
        room,
        period: period(),
        seconds: rounds(4, 180),
        seconds_after: rounds(3, 60),
        has_room: false,
    };
    FleetSite::run("fleet, room for few", kind, &plan);
}

/// Room for each host once, and for the clients of the test.
fn roomy(kind: Kind) {
    let hosts = rounds(100, 1000);
    let plan = Plan {
        hosts,
        room: hosts + hosts / 10,
        period: period(),
        seconds: rounds(4, 60),
        seconds_after: rounds(3, 60),
        has_room: true,
    };
    FleetSite::run("fleet, room for each", kind, &plan);
}
