//! Runs the tool, and reads what it recorded.

use std::path::Path;
use std::process::{Command, Output};

use behavior_trace::BehaviorTrace;

fn stock(folder: &Path, words: &[&str]) -> Output {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_behavior-trace-example-cli"));
    tool.args(words)
        .current_dir(folder)
        .output()
        .expect("the tool runs")
}

/// Returns actor, actor id, action, article and payload of each row, oldest first.
async fn rows(folder: &Path) -> Vec<String> {
    let url = format!("sqlite:{}", folder.join("activity.db").display());
    let recorder = BehaviorTrace::builder().database_url(url).build();
    let reader = recorder.expect("a sound configuration").reader();
    let page = reader.query().limit(10).oldest_first().fetch().await;
    let rows = page.expect("a readable table").items.into_iter();
    rows.map(|row| {
        let row = row.activity;
        let actor_id = row.actor_id.map(|id| id.to_string()).unwrap_or_default();
        let article = row.resource_id.unwrap_or_default();
        let (actor, action, payload) = (row.actor_type, row.action, row.payload);
        format!("{actor} {actor_id} {action} {article} {payload}")
    })
    .collect()
}

#[tokio::test]
async fn rows_name_the_actor_and_survive_the_exit_of_the_process() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let folder = folder.path();
    assert_eq!(stock(folder, &["set", "mug", "12"]).status.code(), Some(0));
    let removed = stock(folder, &["--as", "7", "remove", "mug"]);
    assert_eq!(removed.status.code(), Some(0));
    assert_eq!(
        rows(folder).await,
        [
            r#"SYSTEM  stock.update mug {"count":12}"#,
            "USER 7 stock.delete mug {}"
        ]
    );
}

#[tokio::test]
async fn a_failure_exits_with_1_and_leaves_no_row() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let added = stock(folder.path(), &["set", "cup", "1"]);
    assert_eq!(added.status.code(), Some(0));
    let failed = stock(folder.path(), &["--as", "7", "remove", "mug"]);
    assert_eq!(failed.status.code(), Some(1));
    let error = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(error, "error: there is no mug in stock.json\n");
    assert_eq!(
        rows(folder.path()).await,
        [r#"SYSTEM  stock.update cup {"count":1}"#]
    );
}

#[test]
fn a_wrong_call_exits_with_2() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let failed = stock(folder.path(), &["set", "mug", "many"]);
    assert_eq!(failed.status.code(), Some(2));
}

#[test]
fn the_tool_works_without_its_database() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let activity = "mysql://root@127.0.0.1:1/shop";
    let done = stock(folder.path(), &["--activity", activity, "set", "mug", "1"]);
    assert_eq!(done.status.code(), Some(0));
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(error.contains("events are being lost"), "{error}");
    assert!(folder.path().join("stock.json").exists());
}
