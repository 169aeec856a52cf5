//! I9: a large spool at the start. Durable calls do not wait for its check.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use behavior_trace_core::Field;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::left::{file, leave, size};
use super::sqlite::Sqlite;
use crate::faults::judgement::{lasts, trial::Trial};
use crate::faults::site::Site;
use crate::faults::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_durable_call_does_not_wait_for_a_large_spool => super::large;
}

/// Time limit of one `fsync` on any disk while other tests run.
const DURABLE: Duration = Duration::from_millis(150);
/// Bytes of a field that readers skip, so that few rows fill many pages.
const PADDING: u32 = 50_000;

fn large(kind: Kind) {
    let site = Site::new(kind);
    let mut ids = leave(&site, 0, "large", 1);
    let rows = rounds(2000, 12_000);
    multiply(&site, rows);
    ids.extend((1..rows).map(|number| format!("large-{number}")));
    let bytes = size(&site, 0);
    site.server.stop().expect("stops");
    let checked = check(&site);
    forget(&file(&site, 0));
    let mut trial = Trial::with(&site, 209, "I9 a full spool at the start", |config| {
        config.durable_actions = vec!["order.approve".to_owned()];
    });
    trial.expect(ids);
    let (begun, mut longest, mut calls) = (Instant::now(), Duration::ZERO, 0);
    while begun.elapsed() < lasts(2, 20) {
        let call = Instant::now();
        trial.record_as(
            &format!("durable-{calls}"),
            &[(Field::Action, "order.approve")],
        );
        longest = longest.max(call.elapsed());
        calls += 1;
        trial.wait(Duration::from_millis(5), |_| false);
    }
    let allowed = DURABLE.max(checked / 2);
    trial.row.promise(longest <= allowed, || {
        format!("a durable call took {longest:?} while a spool of {bytes} bytes was opened, which takes {checked:?}")
    });
    let not_durable = trial.recorder.stats().not_durable;
    trial.row.extra = json!({
        "bytes": bytes, "check_ms": checked.as_millis(), "calls": calls, "longest_call_ms": longest.as_millis(), "not_durable": not_durable,
    });
    site.server.restart().expect("starts");
    trial.wait(lasts(5, 30), |trial| {
        trial.recorder.stats().recovered >= u64::from(rows)
    });
    trial.drain(lasts(20, 120));
    trial.conclude();
}

/// Measures a check of the whole file, read from disk.
fn check(site: &Site) -> Duration {
    forget(&file(site, 0));
    let begun = Instant::now();
    let mut spool = Sqlite::open(&file(site, 0));
    spool.run("PRAGMA quick_check(1)");
    let checked = begun.elapsed();
    spool.close();
    checked
}

/// Evicts a file from the page cache, as after a restart of the machine.
fn forget(file: &Path) {
    let mut command = Command::new("dd");
    command.arg(format!("of={}", file.display()));
    command.args(["oflag=nocache", "conv=notrunc,fdatasync", "count=0"]);
    let output = command.output().expect("`dd`");
    assert!(output.status.success(), "{output:?}");
}

/// Copies the first row many times, each with its own id and a large field that readers skip.
fn multiply(site: &Site, rows: u32) {
    let mut spool = Sqlite::open(&file(site, 0));
    spool.run(&format!(
        r#"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {rows})
           INSERT INTO spool (row)
           SELECT json_set(row, '$.resource_id', 'large-' || n,
                           '$.event_id', substr(json_extract(row, '$.event_id'), 1, 24) || printf('%012x', n),
                           '$.payload', '{{"note":"a load","of":"large-' || n || '"}}',
                           '$.padding', printf('%0{PADDING}d', n))
           FROM numbers, spool WHERE seq = (SELECT min(seq) FROM spool)"#
    ));
    spool.close();
}
