//! `cargo xtask cluster nats`: twenty hosts, three servers, and every fault at once; and the rate of the relay beside that of the
//! direct way.

mod faults;
mod hosts;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::Migrations;
use behavior_trace_nats::{JetStream, Relay, Setup};
use behavior_trace_servers::{Kind, NatsCluster, NatsServer, Server};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use faults::Faults;
use hosts::{HOSTS, Load, run_hosts};

/// Longest time without a further row in the table, at the end.
const STANDSTILL: Duration = Duration::from_mins(2);

/// Returns the number of events of each host.
fn events() -> usize {
    let rounds = env::var("BEHAVIOR_TRACE_TEST_RELAY_ROUNDS");
    if rounds.is_ok_and(|rounds| rounds == "earnest") {
        10_000
    } else {
        1_000
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

/// A table on a real server.
struct Database {
    server: &'static Server,
    name: &'static str,
    url: String,
}

impl Database {
    fn new(name: &'static str) -> Self {
        let server = Server::shared(Kind::MariaDb).expect("a server");
        let url = server.database(name).expect("a database");
        let database = Self { server, name, url };
        let migrated = runtime().block_on(Migrations::new(&database.parsed()).run());
        migrated.expect("a table");
        database
    }

    fn parsed(&self) -> DatabaseUrl {
        self.url.parse().expect("a URL")
    }

    fn number(&self, what: &str) -> usize {
        let question = format!("SELECT {what} FROM {}.operational_activity", self.name);
        let answer = self.server.sql(&question).expect("an answer");
        answer.trim().parse().expect("a number")
    }

    fn rows(&self) -> usize {
        self.number("COUNT(*)")
    }

    /// Waits until there are so many different rows. Returns false if none comes any more.
    fn wait_for(&self, rows: usize) -> bool {
        let (mut found, mut since) = (0, Instant::now());
        while since.elapsed() < STANDSTILL {
            let now = self.rows();
            if now >= rows && self.number("COUNT(DISTINCT resource_id)") >= rows {
                return true;
            }
            if now > found {
                (found, since) = (now, Instant::now());
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

#[test]
#[ignore = "run by `cargo xtask cluster nats`"]
fn twenty_hosts_lose_no_row_and_store_none_twice_under_every_fault() {
    let cluster = NatsCluster::start("").expect("a cluster");
    let stream = JetStream::new(cluster.url()).expect("a URL");
    let setup = Setup::new(stream.clone())
        .replicas(3)
        // Less than what comes while the relay is away.
        .max_bytes(4 << 20)
        // Less than an outage.
        .window(Duration::from_secs(1))
        .ack_wait(Duration::from_secs(4));
    runtime().block_on(setup.run()).expect("set up");
    let database = Database::new("relay_under_faults");
    let sent = HOSTS * events();
    let load = Load {
        events: events(),
        // A minute in earnest.
        pause: Duration::from_millis(6),
    };
    let faults = Faults::new(&cluster, &database.url);
    let hosts = thread::scope(|scope| {
        let injected = scope.spawn(|| faults.inject());
        let hosts = run_hosts(load, |builder| builder.destination(stream.clone()));
        faults.end();
        injected.join().expect("faults");
        hosts
    });
    cluster.wait_until_whole().expect("all servers again");
    let drained = hosts.wait_until_stored();
    let whole = database.wait_for(sent);
    let (rows, distinct) = (
        database.rows(),
        database.number("COUNT(DISTINCT resource_id)"),
    );
    println!(
        "{faults}; {} attempts of hosts failed",
        hosts.failed_attempts()
    );
    println!(
        "{sent} sent, {distinct} stored, {} twice, {} missing",
        rows - distinct,
        sent - distinct
    );
    if !drained || !whole {
        for server in cluster.servers() {
            let state = server.get("/jsz?streams=true&consumers=true&config=true");
            println!("{}: {state:?}", server.name());
        }
    }
    assert!(drained, "rows are left in the hosts");
    assert_eq!((rows, distinct), (sent, sent));
}

#[test]
#[ignore = "run by `cargo xtask cluster nats`"]
fn the_relay_stores_rows_at_half_the_rate_of_the_direct_way_or_more() {
    let load = Load {
        events: events(),
        pause: Duration::ZERO,
    };
    let sent = HOSTS * events();
    let direct = Database::new("relay_beside_direct");
    let direct_time = timed(|| {
        let hosts = run_hosts(load, |builder| builder.database_url(&direct.url));
        assert!(hosts.wait_until_stored());
        assert!(direct.wait_for(sent));
    });

    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let setup = Setup::new(stream.clone());
    runtime().block_on(setup.run()).expect("set up");
    let relayed = Database::new("relay_beside_relay");
    let (stop, stopped) = oneshot::channel::<()>();
    let relay = Relay::new(stream.clone(), &relayed.parsed());
    let is_ready = Arc::new(AtomicBool::new(false));
    let running = thread::spawn({
        let is_ready = Arc::clone(&is_ready);
        move || {
            is_ready.store(true, Ordering::SeqCst);
            runtime().block_on(relay.run(async { drop(stopped.await) }))
        }
    });
    while !is_ready.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    let relay_time = timed(|| {
        let hosts = run_hosts(load, |builder| builder.destination(stream.clone()));
        assert!(hosts.wait_until_stored());
        assert!(relayed.wait_for(sent));
    });
    let _ = stop.send(());
    let stats = running.join().expect("a relay").expect("runs");
    let rate = |time: Duration| sent as u128 * 1000 / time.as_millis();
    let ratio = direct_time.as_secs_f64() / relay_time.as_secs_f64();
    println!(
        "{sent} rows: direct {} rows/s, through the relay {} rows/s, ratio {ratio:.2}",
        rate(direct_time),
        rate(relay_time)
    );
    assert_eq!(relayed.rows(), sent, "{stats:?}");
    assert!(ratio >= 0.5 || events() < 10_000, "{ratio}");
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
