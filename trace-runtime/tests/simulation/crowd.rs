//! Recorders on a server with few connections.

use std::time::Duration;

use tokio::time::Instant;

use super::Rules;
use super::script::{RowKind, Script, Step, Trouble};
use super::world::{World, runtime};
use crate::health::HealthStatus;

fn world(hosts: usize) -> World {
    let script = Script {
        seed: 45,
        hosts,
        spools: true,
        statement_timeout: Duration::from_secs(5),
        steps: Vec::new(),
    };
    World::new(script, Rules::IN_FORCE)
}

const fn record(host: usize, count: usize) -> Step {
    Step::Record {
        host,
        kind: RowKind::Good,
        count,
    }
}

async fn act(world: &mut World, steps: &[Step]) {
    for step in steps {
        if let Err(why) = world.act(*step).await {
            panic!("{why}, at {step:?}");
        }
    }
}

async fn wait(world: &mut World, seconds: u64) {
    act(world, &[Step::Wait(Duration::from_secs(seconds))]).await;
}

fn connections(world: &World) -> usize {
    world.server().connections(Instant::now())
}

#[test]
fn a_connection_is_closed_at_once_if_there_is_nothing_to_send_and_ten_seconds_after_the_last_row() {
    runtime().block_on(async {
        let mut world = world(1);
        wait(&mut world, 1).await;
        assert_eq!(connections(&world), 0);
        act(&mut world, &[record(0, 1)]).await;
        wait(&mut world, 9).await;
        assert_eq!(connections(&world), 1);
        wait(&mut world, 2).await;
        assert_eq!(connections(&world), 0);
    });
}

#[test]
fn a_second_connection_that_is_refused_is_no_outage() {
    runtime().block_on(async {
        let mut world = world(1);
        let steps = [
            Step::Server(Trouble::Room { connections: 1 }),
            Step::Server(Trouble::Slow { millis: 20 }),
            record(0, 5000),
        ];
        act(&mut world, &steps).await;
        let mut refused = 0;
        for _ in 0..40 {
            act(&mut world, &[Step::Wait(Duration::from_millis(50))]).await;
            let recorder = world.recorders().next().expect("one");
            assert_eq!(recorder.health().status, HealthStatus::Healthy);
            refused = recorder.stats().failed_attempts;
        }
        assert!(refused > 0, "no second connection was wanted");
        let stats = world.recorders().next().expect("one").stats();
        assert_eq!(stats.stored, 5000, "{stats:?}");
    });
}

#[test]
fn recorders_that_outnumber_the_connections_have_their_turns() {
    const HOSTS: usize = 6;
    const ROOM: usize = 2;
    /// Time after which each recorder with a connection has asked twice whether others have none.
    const SHARED: u64 = 200;
    /// Seconds in which each recorder has a turn, and thus its rows at one a second.
    const TURN: u64 = 20;
    runtime().block_on(async {
        let mut world = world(HOSTS);
        wait(&mut world, 1).await;
        act(
            &mut world,
            &[Step::Server(Trouble::Room { connections: ROOM })],
        )
        .await;
        for second in 0..SHARED + 60 {
            for host in 0..HOSTS {
                act(&mut world, &[record(host, 1)]).await;
            }
            wait(&mut world, 1).await;
            assert!(connections(&world) <= ROOM);
            for (host, recorder) in world.recorders().enumerate() {
                let stats = recorder.stats();
                let waiting = stats.in_memory + stats.spooled;
                assert!(
                    second < SHARED || waiting <= TURN,
                    "host {host} waits in second {second}: {stats:?}"
                );
            }
        }
    });
}

#[test]
fn a_caller_that_waits_does_not_wait_for_a_turn() {
    runtime().block_on(async {
        let mut world = world(1);
        let full = Step::Server(Trouble::Room { connections: 0 });
        act(&mut world, &[full, record(0, 1)]).await;
        wait(&mut world, 3).await;
        act(&mut world, &[Step::ServerIsWell]).await;
        wait(&mut world, 10).await;
        // The recorder rests between two turns now, for two seconds and a half at least.
        assert_eq!(connections(&world), 0);
        let shutdown = Step::Shutdown {
            host: 0,
            within: Duration::from_secs(2),
        };
        act(&mut world, &[record(0, 1), shutdown]).await;
        assert_eq!(world.server().rows.len(), 2);
    });
}
