//! Rows 301 to 311: an application that is killed loses no event whose call had returned, and doubles none.
//!
//! Each row kills the application again and again on the same spool directory, at random moments, so that successors are
//! killed as well. `FAULTS_SEED` repeats the moments of a row; `FAULTS_DURABILITY=spool` shows that losses would be found.

mod calls;
mod cgroup;
mod host;
mod place;
mod schedule;

use behavior_trace_servers::Kind;

use super::{on_both, rounds};
use place::Place;
use schedule::{End, Reach, Schedule};

on_both! {
    mysql in earnest;
    a_killed_host_loses_nothing_while_the_server_is_up => super::up;
    a_killed_host_loses_nothing_while_the_server_hangs => super::stalled;
    a_killed_host_loses_nothing_while_the_server_is_away => super::away;
    a_host_killed_as_it_starts_loses_nothing => super::starting;
    a_host_killed_as_it_shuts_down_loses_nothing => super::stopping;
    a_killed_host_whose_threads_come_and_go_loses_nothing => super::churning;
    killed_hosts_that_share_a_directory_lose_nothing => super::sharing;
    a_host_that_aborts_loses_nothing => super::aborting;
    a_host_whose_panic_aborts_loses_nothing => super::panicking;
    a_host_out_of_memory_loses_nothing => super::out_of_memory;
}

fn up(kind: Kind) {
    Schedule::new(301, "killed, server up", rounds(8, 60)).run(&Place::server(kind));
}

fn stalled(kind: Kind) {
    let mut schedule = Schedule::new(302, "killed, server hangs", rounds(5, 50));
    schedule.reach = Reach::Hangs;
    schedule.run(&Place::server(kind));
}

fn away(kind: Kind) {
    let mut schedule = Schedule::new(303, "killed, server away", rounds(5, 50));
    schedule.reach = Reach::Refuses;
    schedule.run(&Place::server(kind));
}

fn starting(kind: Kind) {
    let mut schedule = Schedule::new(304, "killed as it starts", rounds(6, 40));
    schedule.end = End::AtStart;
    schedule.run(&Place::server(kind));
}

fn stopping(kind: Kind) {
    let mut schedule = Schedule::new(305, "killed as it shuts down", rounds(4, 30));
    schedule.end = End::AtShutdown;
    schedule.run(&Place::server(kind));
}

fn churning(kind: Kind) {
    let mut schedule = Schedule::new(306, "killed, threads come and go", rounds(4, 30));
    schedule.role = "churn";
    schedule.run(&Place::server(kind).in_memory());
}

fn sharing(kind: Kind) {
    let mut schedule = Schedule::new(307, "killed, three hosts, one directory", rounds(6, 40));
    schedule.hosts = 3;
    schedule.run(&Place::server(kind));
}

fn aborting(kind: Kind) {
    let mut schedule = Schedule::new(308, "abort()", rounds(2, 20));
    schedule.end = End::ByItself("abort");
    schedule.run(&Place::server(kind));
}

fn panicking(kind: Kind) {
    let mut schedule = Schedule::new(309, "a panic that aborts", rounds(2, 20));
    schedule.end = End::ByItself("panic");
    schedule.run(&Place::server(kind));
}

fn out_of_memory(kind: Kind) {
    let mut schedule = Schedule::new(310, "killed for its memory, in a cgroup", rounds(2, 10));
    schedule.end = End::ByItself("memory");
    schedule.run(&Place::server(kind));
}

#[test]
fn a_killed_host_loses_nothing_with_sqlite() {
    Schedule::new(311, "killed, SQLite", rounds(5, 40)).run(&Place::sqlite());
}
