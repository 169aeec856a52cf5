//! H9, H13: servers whose INSERTs succeed, and whose commits are refused or hang.

use behavior_trace_servers::{Kind, Server};
use serde_json::json;

use super::others::OtherSession;
use super::trial::Trial;
use super::{lasts, side_by_side};
use crate::faults::on_both;
use crate::faults::proxy::Proxy;
use crate::faults::site::{RATE, Site};

on_both! {
    a_binlog_of_statements_takes_every_row_once => super::statements;
    a_commit_that_hangs_alters_no_row => super::hanging_commit;
}

const BINLOG: [&str; 2] = ["--log-bin=binlog", "--server-id=1"];

/// Runs a server with a statement-based binary log. It refuses READ COMMITTED with 1665, and a repeated row with 1062.
fn statements(kind: Kind) {
    let server = BINLOG
        .iter()
        .fold(Server::builder(kind), |server, argument| {
            server.arg(*argument)
        })
        .arg("--binlog-format=STATEMENT");
    let site = Site::of(server.start().expect("a server"));
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy).plain();
    let mut trial = Trial::on(&site, 109, "H9 binlog_format=STATEMENT, answers cut off");
    // Not `connect`, which waits for a stored row: the old code stored none.
    trial.record("alone");
    let load = trial.load("during", RATE);
    let stored = trial.wait(lasts(2, 10), |trial| {
        let stats = trial.recorder.stats();
        stats.stored > 500
    });
    let state = trial.state();
    trial
        .row
        .promise(stored, || format!("next to nothing is stored: {state}"));
    proxy.cut_answers(3);
    trial.wait(lasts(2, 10), |_| false);
    proxy.cut_answers(0);
    trial.absorb(load);
    trial.recover();
    let warnings = unsafe_statements(&site);
    trial.row.extra = json!({"cuts": proxy.cuts(), "statements_logged_as_unsafe": warnings});
    trial.row.promise(warnings == 0, || {
        format!("the server's log has {warnings} lines about unsafe statements")
    });
    trial.conclude();
}

/// Counts the unsafe statements in the server's log, which holds each with its values.
fn unsafe_statements(site: &Site) -> usize {
    let log = site.server.log(1 << 20).expect("its log");
    log.matches("Unsafe statement").count()
}

/// Runs a server that passes a probe with a rollback, but makes every commit wait.
fn hanging_commit(kind: Kind) {
    side_by_side(kind, |kind| {
        let server = BINLOG
            .iter()
            .fold(Server::builder(kind), |server, argument| {
                server.arg(*argument)
            });
        let site = Site::of(server.start().expect("a server"));
        let fault = match kind {
            Kind::MariaDb => "H13 backup that blocks commits",
            Kind::MySql => "H13 semi-synchronous replication without a replica",
        };
        let mut trial = Trial::on(&site, 113, fault);
        trial.connect();
        let mut other = OtherSession::new(&site);
        match kind {
            Kind::MariaDb => other.sql(&[
                "BACKUP STAGE START",
                "BACKUP STAGE FLUSH",
                "BACKUP STAGE BLOCK_DDL",
                "BACKUP STAGE BLOCK_COMMIT",
            ]),
            Kind::MySql => other.sql(&[
                // If this fails, the installation has no `semisync_source.so` among its plugins.
                "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'",
                "SET GLOBAL rpl_semi_sync_source_timeout = 3600000",
                "SET GLOBAL rpl_semi_sync_source_wait_no_replica = 1",
                "SET GLOBAL rpl_semi_sync_source_enabled = 1",
            ]),
        }
        trial.record("alone");
        let words = [
            "commit",
            "lock",
            "timed out",
            "timeout",
            "no answer",
            "given up",
        ];
        trial.suffer(lasts(2, 65), &words);
        let load = trial.load("during", 500);
        trial.suffer(lasts(2, 65), &words);
        match kind {
            Kind::MariaDb => other.sql(&["BACKUP STAGE END"]),
            Kind::MySql => other.sql(&["SET GLOBAL rpl_semi_sync_source_enabled = 0"]),
        }
        trial.absorb(load);
        trial.recover();
        trial.conclude();
    });
}
