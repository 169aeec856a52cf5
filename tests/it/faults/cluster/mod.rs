//! Rows 41 to 44: a cluster of three servers, under a URL that names all of them.
//!
//! Its time without a server that takes writes is measured by clients of its own, on each node that is left. In earnest the
//! recorder's next row has to be there at most a second later; on a busy machine that says little.

mod site;
mod watch;

use std::time::Duration;

use behavior_trace_servers::{ClusterKind, Server};
use serde_json::json;

use super::report::Row;
use super::rounds;
use super::site::wait;
use site::ClusterSite;

mod gr {
    use behavior_trace_servers::ClusterKind::GroupReplication;

    #[test]
    fn a_group_whose_primary_is_killed_costs_nothing() {
        super::killed(GroupReplication);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_group_whose_primary_is_cut_off_costs_nothing() {
        super::cut_off(GroupReplication);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_group_that_loses_and_finds_its_quorum_costs_nothing() {
        super::quorum(GroupReplication);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_group_that_loses_its_quorum_by_kills_costs_nothing() {
        super::quorum_killed(GroupReplication);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_group_whose_primary_is_isolated_costs_nothing() {
        super::isolated_by_rules();
    }
}

mod galera {
    use behavior_trace_servers::ClusterKind::Galera;

    #[test]
    fn a_galera_cluster_whose_node_is_killed_costs_nothing() {
        super::killed(Galera);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_galera_cluster_whose_node_is_cut_off_costs_nothing() {
        super::cut_off(Galera);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_galera_cluster_whose_node_is_isolated_costs_nothing() {
        super::isolated();
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_galera_cluster_that_loses_and_finds_its_quorum_costs_nothing() {
        super::quorum(Galera);
    }

    #[test]
    #[ignore = "run by `cargo xtask cluster`"]
    fn a_galera_cluster_that_loses_its_quorum_by_kills_costs_nothing() {
        super::quorum_killed(Galera);
    }
}

/// Rows that are stored between two faults.
const BETWEEN: u64 = 1000;
/// Time that the recorder may take longer than the cluster, in earnest.
const MORE: Duration = Duration::from_secs(1);
/// Time without a quorum.
const NO_QUORUM: Duration = Duration::from_secs(10);

/// Kills the node that takes the recorder's writes.
fn killed(kind: ClusterKind) {
    let mut row = Row::new(41, "node of a cluster killed", kind.server());
    let site = ClusterSite::new(kind);
    let mut times = Vec::new();
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 10) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let victim = &site.cluster.nodes()[site.in_use()];
            times.push(site.lose(victim, |node| node.kill().expect("dies")));
            victim.restart().expect("starts again");
            site.cluster.wait_until_whole().expect("it joins again");
        }
    });
    site.conclude(row, &times);
}

/// Stops the node that takes the recorder's writes, so that it believes what it believed before when it goes on.
fn cut_off(kind: ClusterKind) {
    let mut row = Row::new(42, "node of a cluster stopped, then goes on", kind.server());
    let site = ClusterSite::new(kind);
    let mut times = Vec::new();
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 3) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let victim = &site.cluster.nodes()[site.in_use()];
            times.push(site.lose(victim, |node| node.pause().expect("stops")));
            victim.resume().expect("goes on");
            site.cluster.wait_until_whole().expect("it joins again");
        }
    });
    site.conclude(row, &times);
}

/// Cuts the node that takes the recorder's writes off the others. It goes on answering, and refuses every statement.
fn isolated() {
    let kind = ClusterKind::Galera;
    let mut row = Row::new(44, "node of a cluster isolated", kind.server());
    let site = ClusterSite::new(kind);
    let isolate = |node: &Server, is_isolated: u8| {
        let text = format!("SET GLOBAL wsrep_provider_options = 'gmcast.isolate={is_isolated}'");
        node.sql(&text).expect("runs");
    };
    let mut times = Vec::new();
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 3) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let victim = &site.cluster.nodes()[site.in_use()];
            times.push(site.lose(victim, |node| isolate(node, 1)));
            isolate(victim, 0);
            site.cluster.wait_until_whole().expect("it joins again");
        }
    });
    site.conclude(row, &times);
}

/// Drops the packets between the primary and the others. It goes on answering, and lets each write wait.
fn isolated_by_rules() {
    let kind = ClusterKind::GroupReplication;
    let mut row = Row::new(44, "node of a cluster isolated", kind.server());
    let site = ClusterSite::new(kind);
    let mut times = Vec::new();
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 3) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let place = site.in_use();
            let mut isolation = None;
            times.push(site.lose(&site.cluster.nodes()[place], |_| {
                isolation = Some(site.cluster.isolate(place).expect("rules of the network"));
            }));
            drop(isolation);
            site.cluster.wait_until_whole().expect("it joins again");
        }
    });
    site.conclude(row, &times);
}

/// Kills the two other nodes. An operator lets the last one go on alone, and starts the others.
fn quorum_killed(kind: ClusterKind) {
    let mut row = Row::new(43, "cluster without a quorum, by kills", kind.server());
    let site = ClusterSite::new(kind);
    let mut spooled = 0;
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 3) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let in_use = site.in_use();
            let nodes = site.cluster.nodes().iter().enumerate();
            let others: Vec<_> = nodes.filter(|(place, _)| *place != in_use).collect();
            for (_, node) in &others {
                node.kill().expect("dies");
            }
            wait(NO_QUORUM);
            spooled = trace.stats().spooled;
            assert!(spooled > 0, "{:?}", trace.stats());
            site.cluster.go_on_alone(in_use).expect("it goes on");
            ClusterSite::wait_for_rows(trace, BETWEEN);
            for (_, node) in &others {
                node.restart().expect("starts again");
            }
            site.cluster.wait_until_whole().expect("it is whole again");
        }
    });
    row.extra = json!({"spooled": spooled});
    site.conclude(row, &[]);
}

/// Stops the two other nodes, so that the one in use has no quorum and is not told.
fn quorum(kind: ClusterKind) {
    let mut row = Row::new(43, "cluster without a quorum, then with one", kind.server());
    let site = ClusterSite::new(kind);
    let mut spooled = 0;
    site.under_load(&mut row, |trace| {
        for _ in 0..rounds(1, 3) {
            ClusterSite::wait_for_rows(trace, BETWEEN);
            let in_use = site.in_use();
            let nodes = site.cluster.nodes().iter().enumerate();
            let others: Vec<_> = nodes.filter(|(place, _)| *place != in_use).collect();
            for (_, node) in &others {
                node.pause().expect("stops");
            }
            wait(NO_QUORUM);
            spooled = trace.stats().spooled;
            assert!(spooled > 0, "{:?}", trace.stats());
            for (_, node) in &others {
                node.resume().expect("goes on");
            }
            site.cluster.wait_until_whole().expect("it is whole again");
        }
    });
    row.extra = json!({"spooled": spooled});
    site.conclude(row, &[]);
}
