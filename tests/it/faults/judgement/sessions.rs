//! H7: statements that time out on the client and continue to wait on the server, each in its own session.

use behavior_trace_servers::Kind;
use serde_json::json;

use super::others::{OtherSession, Sessions};
use super::trial::Trial;
use super::{lasts, side_by_side};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    a_metadata_lock_piles_up_no_sessions => super::metadata_lock;
}

/// Maximum number of sessions: the recorder's two connections, and one that ends abandoned statements.
const MOST: i64 = 3;
const WAITS: [&str; 5] = [
    "lock",
    "timed out",
    "timeout",
    "no answer",
    "max_statement_time",
];

fn metadata_lock(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let mut trial = Trial::on(
            &site,
            107,
            "H7 statements that time out behind a metadata lock",
        );
        let sessions = Sessions::watch(&site);
        trial.connect();
        let load = trial.load("during", 500);
        let mut other = OtherSession::new(&site);
        // The table can be read, so that each new session gets as far as its INSERT.
        other.sql(&["LOCK TABLES {activity} READ"]);
        trial.suffer(lasts(3, 30), &WAITS);
        other.sql(&["UNLOCK TABLES", "LOCK TABLES {activity} WRITE"]);
        trial.suffer(lasts(2, 20), &WAITS);
        other.sql(&["UNLOCK TABLES"]);
        // A change of the table waits for a reader, and all others wait for the change.
        let reads = ["BEGIN", "SELECT COUNT(*) FROM {activity}"];
        other.sql(&reads);
        let waits = OtherSession::new(&site);
        let altered = waits.sql_meanwhile("ALTER TABLE {activity} ADD COLUMN later INT NULL");
        trial.suffer(lasts(2, 20), &WAITS);
        other.sql(&["COMMIT"]);
        altered.join().expect("it alters the table");
        trial.absorb(load);
        trial.recover();
        let most = sessions.most();
        trial.row.extra = json!({"sessions_at_most": most});
        trial.row.promise((1..=MOST).contains(&most), || {
            format!("{most} sessions at one time, where {MOST} are allowed")
        });
        trial.conclude();
    });
}
