//! Rows 9, 10 and 13: errors of a server, and the same errors from a proxy in its place.

use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::Pipeline;
use behavior_trace::health::HealthStatus;
use behavior_trace_core::Sink;
use behavior_trace_servers::{Kind, Server, provision_galera};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, MySqlConnection};

use super::load::{Acked, Load, record};
use super::on_both;
use super::proxy::Proxy;
use super::report::Row;
use super::site::{RATE, Site, settle, wait};

on_both! {
    a_deadlock_that_we_lose_costs_nothing => super::deadlock;
}

/// Number of changes of the other session. The recorder's transaction is lighter, so the server rolls that one back.
const BALLAST: usize = 2000;

/// Causes a deadlock. The other session holds the end of an index, where the recorder's rows have to go. Then it wants a
/// row that the recorder has inserted before it came to that index.
fn deadlock(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(
        9,
        "deadlock with another session, and ours is the victim",
        kind,
    );
    site.sql("CREATE TABLE ballast (id INT AUTO_INCREMENT PRIMARY KEY, number INT)");
    let mut config = site.config();
    config.statement_timeout = Duration::from_secs(20);
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
    settle(&recorder);
    let last = site.sql("SELECT MAX(id) FROM operational_activity");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut other = runtime.block_on(weighty(&site.url));
    for number in 0..10 {
        let id = format!("deadlock-{number}");
        assert!(record(&*sink, "order.update", &id, "{}").0);
        acked.ids.push(id);
    }
    let waiting =
        "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    let begun = Instant::now();
    while site.sql(waiting).trim() == "0" {
        assert!(begun.elapsed() < Duration::from_secs(10), "we never wait");
        // InnoDB repeats its last answer to queries within a tenth of a second.
        wait(Duration::from_millis(150));
    }
    let wanted = format!(
        "SELECT id FROM operational_activity WHERE id > {} FOR UPDATE",
        last.trim()
    );
    runtime.block_on(async {
        let wanted = sqlx::raw_sql(sqlx::AssertSqlSafe(wanted));
        other.execute(wanted).await.expect("it is not the victim");
        other.execute("COMMIT").await.expect("commits");
    });
    row.recovery = settle(&recorder);
    let status = site
        .server
        .sql("SHOW ENGINE INNODB STATUS")
        .expect("it tells");
    assert!(status.contains("LATEST DETECTED DEADLOCK"), "{status}");
    let failed = recorder.stats().failed_attempts;
    assert!(failed >= 1, "{:?}", recorder.stats());
    row.extra = json!({"failed_attempts": failed});
    assert_eq!(recorder.health().status, HealthStatus::Healthy);
    site.conclude(row, &recorder, &acked);
}

/// Opens a session that has made many changes, and that holds the end of the index by time.
async fn weighty(url: &str) -> MySqlConnection {
    let mut other = MySqlConnection::connect(url).await.expect("connects");
    let ballast = format!(
        "INSERT INTO ballast (number) VALUES (0){}",
        ",(0)".repeat(BALLAST)
    );
    let ballast = sqlx::raw_sql(sqlx::AssertSqlSafe(ballast));
    other.execute("BEGIN").await.expect("begins");
    other.execute(ballast).await.expect("stores");
    other
        .execute(
            "SELECT id FROM operational_activity FORCE INDEX (operational_activity_cursor) \
             WHERE occurred_at >= '2100-01-01' FOR UPDATE",
        )
        .await
        .expect("locks");
    other
}

#[test]
fn a_cluster_that_has_lost_its_quorum_costs_nothing() {
    refused(
        Row::new(10, "1047 and 1180 in place of every answer", Kind::MariaDb),
        &[1047, 1180],
        "unavailable",
    );
}

#[test]
fn an_error_that_nobody_knows_on_every_statement_costs_nothing() {
    refused(
        Row::new(
            13,
            "an unknown error in place of every answer",
            Kind::MariaDb,
        ),
        &[9999],
        "every row alike",
    );
}

/// Answers every statement with rows with each of the codes, for some time each.
fn refused(mut row: Row, codes: &[u16], told: &str) {
    let site = Site::new(Kind::MariaDb);
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy);
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
    settle(&recorder);
    row.before = Some(acked.latency());
    let load = Load::start(&sink, "during", RATE);
    let mut most_spooled = 0;
    for &code in codes {
        proxy.refuse(code);
        let begun = Instant::now();
        let cause = || recorder.health().cause.unwrap_or_default();
        while begun.elapsed() < Duration::from_secs(2) || !cause().contains(told) {
            most_spooled = most_spooled.max(recorder.stats().spooled);
            let patient = begun.elapsed() < Duration::from_secs(30);
            assert!(patient, "{}: {:?}", cause(), recorder.stats());
            wait(Duration::from_millis(20));
        }
    }
    proxy.refuse(0);
    let during = load.stop();
    row.during = Some(during.latency());
    acked.absorb(during);
    row.recovery = settle(&recorder);
    row.extra = json!({"refusals": proxy.refusals(), "most_spooled": most_spooled});
    assert!(proxy.refusals() > 0 && most_spooled > 0, "{}", row.extra);
    let stats = recorder.stats();
    assert_eq!((stats.dead_lettered, stats.dropped.total()), (0, 0));
    site.conclude(row, &recorder, &acked);
}

/// Kills one of two real nodes. The other, with just half of the cluster, refuses everything until the first is back.
#[test]
#[ignore = "slow; run by `cargo xtask faults`"]
fn a_real_cluster_that_loses_and_finds_its_quorum_costs_nothing() {
    let mut row = Row::new(
        10,
        "one of two Galera nodes killed, then back",
        Kind::MariaDb,
    );
    let (first, second) = (Ports::free(), Ports::free());
    let site = Site::of(node(&first, ""));
    let other = node(&second, &format!("127.0.0.1:{}", first.group));
    size(&site, "2");
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", 500, Duration::from_secs(1));
    settle(&recorder);
    row.before = Some(acked.latency());
    let load = Load::start(&sink, "during", 500);
    other.kill().expect("dies");
    let begun = Instant::now();
    let told = || site.faults.lock().expect("no hook panics").join("\n");
    while !told().contains("WSREP") {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", told());
        wait(Duration::from_millis(100));
    }
    wait(Duration::from_secs(3));
    let spooled = recorder.stats().spooled;
    assert!(spooled > 0, "{:?}", recorder.stats());
    other.restart().expect("joins again");
    let during: Acked = load.stop();
    row.during = Some(during.latency());
    acked.absorb(during);
    row.recovery = settle(&recorder);
    row.extra = json!({"spooled": spooled, "failed_attempts": recorder.stats().failed_attempts});
    site.conclude(row, &recorder, &acked);
}

fn size(site: &Site, wanted: &str) {
    let begun = Instant::now();
    loop {
        let status = site.sql("SHOW STATUS LIKE 'wsrep_cluster_size'");
        if status.trim().ends_with(wanted) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{status}");
        wait(Duration::from_millis(100));
    }
}

/// Ports of a node for the other nodes, beside the clients' port.
struct Ports {
    group: u16,
    transfer: u16,
}

impl Ports {
    fn free() -> Self {
        let port = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("it is bound").port()
        };
        Self {
            group: port(),
            transfer: port(),
        }
    }
}

/// Starts a node of the cluster at `others`, or of a new one. All nodes begin with the same data, so none is transferred.
fn node(ports: &Ports, others: &str) -> Server {
    let provider = provision_galera().expect("Galera's library");
    let options = format!(
        "gmcast.listen_addr=tcp://127.0.0.1:{};ist.recv_addr=127.0.0.1:{}",
        ports.group, ports.transfer
    );
    Server::builder(Kind::MariaDb)
        .arg("--wsrep-on=ON")
        .arg(format!("--wsrep-provider={}", provider.display()))
        .arg(format!("--wsrep-cluster-address=gcomm://{others}"))
        .arg(format!("--wsrep-node-address=127.0.0.1:{}", ports.group))
        .arg(format!("--wsrep-provider-options={options}"))
        .arg("--wsrep-sst-method=skip")
        .arg("--binlog-format=ROW")
        .arg("--innodb-autoinc-lock-mode=2")
        .start()
        .expect("a node")
}
