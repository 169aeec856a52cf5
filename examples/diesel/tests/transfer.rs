//! Runs the transfers, and reads what they recorded.

use std::path::Path;
use std::process::{Command, Output};

use behavior_trace::{Actor, BehaviorTrace};

fn transfer(folder: &Path, words: [&str; 3]) -> Output {
    let mut bank = Command::new(env!("CARGO_BIN_EXE_behavior-trace-example-diesel"));
    bank.args(words)
        .current_dir(folder)
        .output()
        .expect("the bank runs")
}

/// Returns account and payload of each row of user 7, oldest first.
async fn rows(folder: &Path) -> Vec<(String, String)> {
    let url = format!("sqlite:{}", folder.join("activity.db").display());
    let recorder = BehaviorTrace::builder().database_url(url).build();
    let reader = recorder.expect("a sound configuration").reader();
    let query = reader.query().actor(&Actor::user(7)).limit(10);
    let page = query.oldest_first().fetch().await;
    let rows = page.expect("a readable table").items.into_iter();
    rows.map(|row| {
        let account = row.activity.resource_id.unwrap_or_default();
        (account.into_owned(), row.activity.payload.into_owned())
    })
    .collect()
}

fn balance(account: &str, from: u8, to: u8) -> (String, String) {
    let payload = format!(r#"{{"diff":{{"balance":{{"from":{from},"to":{to}}}}}}}"#);
    (account.to_owned(), payload)
}

#[tokio::test]
async fn a_commit_leaves_both_rows_and_a_rollback_none() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let folder = folder.path();
    let moved = transfer(folder, ["1", "2", "30"]);
    assert!(moved.status.success(), "{moved:?}");
    let expected = [balance("2", 100, 130), balance("1", 100, 70)];
    assert_eq!(rows(folder).await, expected);

    // The first account would be overdrawn, after the second one got its money.
    let refused = transfer(folder, ["1", "2", "71"]);
    assert_eq!(refused.status.code(), Some(1));
    let report = String::from_utf8_lossy(&refused.stdout);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("CHECK constraint failed"), "{error}");
    assert_eq!(rows(folder).await, expected, "{report}");
}
