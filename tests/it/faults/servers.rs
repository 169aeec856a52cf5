//! Rows 1 to 9 and 11: faults of the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::health::HealthStatus;
use behavior_trace_core::Sink;
use behavior_trace_servers::{Kind, Server};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, MySqlConnection};

use super::load::{Load, record};
use super::proxy::Proxy;
use super::report::Row;
use super::site::{RATE, Site, settle, wait};
use super::{on_both, rounds};

on_both! {
    a_server_that_is_down_at_the_start_is_waited_for => super::down_at_start;
    a_server_that_is_killed_costs_nothing => super::killed;
    a_server_that_hangs_costs_nothing => super::hung;
    #[ignore = "slow; run by `cargo xtask faults`"]
    a_server_that_is_slow_costs_nothing => super::slow;
    #[ignore = "slow; run by `cargo xtask faults`"]
    a_server_without_a_free_connection_costs_nothing => super::too_many_connections;
    #[ignore = "slow; run by `cargo xtask faults`"]
    a_changed_password_costs_nothing_and_shows_no_secret => super::password;
    a_missing_table_costs_nothing => super::table;
    a_server_that_turns_read_only_costs_nothing => super::read_only;
    #[ignore = "slow; run by `cargo xtask faults`"]
    a_locked_table_costs_nothing => super::locked;
    a_lost_answer_doubles_nothing => super::ambiguous;
}

fn down_at_start(kind: Kind) {
    let site = Site::new(kind);
    site.server.stop().expect("stops");
    let mut row = Row::new(1, "server down at start", kind);
    let begun = Instant::now();
    let recorder = site.start();
    let start = begun.elapsed();
    let sink: Arc<dyn Sink> = recorder.sink();
    let load = Load::start(&sink, "down", 20_000);
    wait(Duration::from_secs(2));
    let acked = load.stop();
    row.during = Some(acked.latency());
    assert!(start < Duration::from_millis(100), "start took {start:?}");
    site.server.restart().expect("starts");
    row.recovery = settle(&recorder);
    let rate = acked.ids.len() as u128 * 1000 / row.recovery.as_millis().max(1);
    row.extra = json!({"start_ms": start.as_secs_f64() * 1e3, "drained_per_second": rate});
    site.conclude(row, &recorder, &acked);
}

fn killed(kind: Kind) {
    let site = Site::new(kind);
    let rounds = rounds(2, 50);
    let mut row = Row::new(2, "server killed mid-batch", kind);
    row.extra = json!({"rounds": rounds});
    site.run(row, |server| {
        for round in 0..rounds {
            wait(Duration::from_millis(u64::from(150 + round * 37 % 200)));
            server.kill().expect("dies");
            wait(Duration::from_millis(100));
            server.restart().expect("starts again");
        }
        wait(Duration::from_millis(300));
    });
}

fn hung(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(3, "server stopped, then goes on", kind);
    let seconds = rounds(4, 30);
    site.run(row, |server| {
        server.pause().expect("stops");
        wait(Duration::from_secs(seconds.into()));
        server.resume().expect("goes on");
        wait(Duration::from_millis(500));
    });
}

fn slow(kind: Kind) {
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let row = Row::new(4, "answers 2 s late", kind);
    let site = site.through(&proxy);
    let seconds = rounds(5, 30);
    site.run(row, |_| {
        proxy.delay(Duration::from_secs(2));
        wait(Duration::from_secs(seconds.into()));
        proxy.delay(Duration::ZERO);
    });
}

fn too_many_connections(kind: Kind) {
    let site = Site::with(kind, &["--max-connections=10"]);
    let row = Row::new(5, "no free connection", kind);
    let url = site.url.clone();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    site.run(row, |server| {
        server.stop().expect("stops");
        server.restart().expect("starts");
        let held = runtime.block_on(async {
            let mut held = Vec::new();
            // The recorder may reconnect first; then one connection less is left.
            while let Ok(connection) = MySqlConnection::connect(&url).await {
                held.push(connection);
            }
            held
        });
        assert!(held.len() >= 8, "{} connections", held.len());
        let _ = runtime.block_on(async {
            let mut one = MySqlConnection::connect(&url).await?;
            one.execute("SELECT 1").await
        });
        wait(Duration::from_secs(2));
        drop(held);
    });
}

const SECRET: &str = "canary-4711";

fn password(kind: Kind) {
    let mut site = Site::new(kind);
    let row = Row::new(6, "password changed", kind);
    let (user, first) = credentials(&site.url);
    let account = format!(
        "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user = '{user}'"
    );
    let accounts = site.sql(&account);
    let set = |server: &Server, secret: &str| {
        for account in accounts.lines().map(str::trim) {
            let statement = format!("ALTER USER {account} IDENTIFIED BY '{secret}'");
            server.sql(&statement).expect("changes");
        }
    };
    set(&site.server, SECRET);
    site.url = site
        .url
        .replacen(&format!(":{first}@"), &format!(":{SECRET}@"), 1);
    let faults = Arc::clone(&site.faults);
    let told = || faults.lock().expect("no hook panics").join("\n");
    site.run(row, |server| {
        set(server, "another");
        server.restart().expect("starts again");
        let begun = Instant::now();
        while !told().contains("denied") {
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", told());
            wait(Duration::from_millis(50));
        }
        set(server, SECRET);
    });
    assert!(!told().contains(SECRET), "{}", told());
    assert!(!format!("{:?}", site.config()).contains(SECRET));
}

fn credentials(url: &str) -> (String, String) {
    let rest = url.strip_prefix("mysql://").expect("its scheme");
    let (credentials, _) = rest.split_once('@').expect("a user");
    let (user, secret) = credentials.split_once(':').expect("a password");
    (user.to_owned(), secret.to_owned())
}

fn table(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(7, "table missing, then with a later column", kind);
    site.run(row, |server| {
        let sql = |text: &str| server.sql(&format!("USE faults; {text}")).expect("runs");
        sql("RENAME TABLE operational_activity TO away");
        wait(Duration::from_millis(1500));
        sql("RENAME TABLE away TO operational_activity");
        sql("ALTER TABLE operational_activity ADD COLUMN later INT NULL");
        wait(Duration::from_millis(500));
    });
}

fn read_only(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(8, "server turns read-only and back", kind);
    site.run(row, |server| {
        server.sql("SET GLOBAL read_only = ON").expect("runs");
        wait(Duration::from_secs(2));
        server.sql("SET GLOBAL read_only = OFF").expect("runs");
    });
}

fn locked(kind: Kind) {
    let site = Site::with(
        kind,
        &["--innodb-lock-wait-timeout=1", "--lock-wait-timeout=1"],
    );
    let row = Row::new(9, "table locked by another session", kind);
    let url = site.url.clone();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    site.run(row, |_| {
        runtime.block_on(async {
            let mut other = MySqlConnection::connect(&url).await.expect("connects");
            other
                .execute("LOCK TABLES operational_activity WRITE")
                .await
                .expect("locks");
            tokio::time::sleep(Duration::from_secs(3)).await;
            other.execute("UNLOCK TABLES").await.expect("unlocks");
        });
    });
}

/// Cuts the responses to statements of ten rows. Such a statement commits by itself: the rows are in the table, but the
/// recorder has no confirmation.
fn ambiguous(kind: Kind) {
    const TOGETHER: u32 = 10;
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy);
    let wanted = rounds(20, 1000);
    let mut row = Row::new(11, "answer to the commit cut off", kind);
    let recorder = site.start();
    let sink = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
    settle(&recorder);
    row.before = Some(acked.latency());
    proxy.cut_answers(2);
    let begun = Instant::now();
    for number in 0_u32.. {
        if proxy.cuts() >= wanted {
            break;
        }
        let late = begun.elapsed() > Duration::from_mins(15);
        assert!(!late, "{} cuts", proxy.cuts());
        for place in 0..TOGETHER {
            let id = format!("cut-{number}-{place}");
            assert!(record(&*sink, "order.update", &id, r#"{"note":"one of ten"}"#).0);
            acked.ids.push(id);
        }
        let report = recorder.flush_blocking(Duration::from_mins(1));
        assert!(report.is_complete(), "{report:?}");
    }
    proxy.cut_answers(0);
    row.recovery = settle(&recorder);
    row.extra = json!({"cuts": proxy.cuts()});
    assert_eq!(recorder.health().status, HealthStatus::Healthy);
    site.conclude(row, &recorder, &acked);
}
