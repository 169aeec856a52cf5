//! I10: a spool directory on a network file system, where SQLite's log is not safe.
//!
//! There is no NFS here. Inside a namespace of the test, another list of mounts replaces the kernel's and calls the volume
//! NFS. EFS appears as NFS too. The test shows that the recorder reads the list and warns, not what NFS does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behavior_trace::BehaviorTrace;
use serde_json::json;

use super::volume::{in_namespace, place};
use crate::faults::report::Row;

const SCRIPT: &str = r#"mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" &&
sed "s|\( $1 .* - \)tmpfs tmpfs|\1nfs4 server:/export|" /proc/self/mountinfo > "$1/mountinfo" &&
mount --bind "$1/mountinfo" /proc/$$/mountinfo && shift && exec "$@""#;

#[test]
fn a_spool_on_a_network_file_system_is_warned_of() {
    let Some(place) = place() else {
        return in_namespace(SCRIPT);
    };
    let mut row = Row::on(210, "I10 spool directory on NFS", "SQLite");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("the kernel's list");
    let name = place.to_str().expect("a name");
    let line = mounts.lines().find(|line| line.contains(name));
    assert!(line.is_some_and(|line| line.contains("nfs4")), "{mounts}");
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let hook = Arc::clone(&told);
    let database = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", database.path().join("rows.db").display());
    let trace = BehaviorTrace::builder()
        .database_url(url)
        .migrate(true)
        .spool_dir(place.join("spool"))
        .on_error(move |fault| hook.lock().expect("no hook panics").push(fault.to_string()))
        .build()
        .expect("a warning is no error");
    let verified = trace.verify_blocking(Duration::from_secs(5)).to_string();
    let told = told.lock().expect("no hook panics").join("; ");
    let names = |text: &str| text.to_lowercase().contains("nfs");
    row.promise(names(&told), || {
        format!("the start does not warn of it: {told:?}")
    });
    row.promise(names(&verified), || {
        format!("`verify` does not name it: {verified:?}")
    });
    row.extra = json!({"told": told, "verified": verified});
    trace.shutdown_blocking(Duration::from_secs(2));
    row.conclude();
}
