//! Durability of a commit on the server.

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::StoreError;

const VARIABLES: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN \
     ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin')";

/// Values with which each commit is synced. MariaDB has 3, with which it syncs the log at the preparation too.
const SYNCED: [&str; 2] = ["1", "3"];

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let variables = subject.pairs(VARIABLES).await?;
    let value = |name: &str| {
        let found = variables.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let mut findings = Vec::new();
    let flush = value("innodb_flush_log_at_trx_commit");
    if !SYNCED.contains(&flush) {
        findings.push(Finding::warn(
            Check::Durability,
            format!(
                "`innodb_flush_log_at_trx_commit` is {flush}: a crash of the server's machine takes the stored rows of up to \
                 a second, which no spool has any more"
            ),
            "set `innodb_flush_log_at_trx_commit = 1` on the server",
        ));
    }
    let sync = value("sync_binlog");
    if value("log_bin") == "ON" && sync != "1" {
        findings.push(Finding::warn(
            Check::Durability,
            format!(
                "`sync_binlog` is {sync}: a crash of the server's machine may take the newest rows from the binary log, and \
                 so from its replicas"
            ),
            "set `sync_binlog = 1` on the server",
        ));
    }
    if findings.is_empty() {
        let found = "a commit is synced to the server's disk";
        findings.push(Finding::ok(Check::Durability, found));
    }
    Ok(findings)
}
