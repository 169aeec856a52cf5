//! Settings of the session, durability and clock.

use behavior_trace_servers::{Kind, Server};

use super::{
    Check, FindingLevel, finds, inspected, migrated, migrated_on, of, on_both_servers, run,
};

on_both_servers! {
    a_small_packet_is_warned_of_and_one_without_room_for_a_row_fails
    a_binary_log_of_statements_is_warned_of
    a_commit_that_is_not_synced_is_warned_of
    a_clock_that_differs_is_warned_of_and_fails_beyond_a_minute
}

async fn a_small_packet_is_warned_of_and_one_without_room_for_a_row_fails(kind: Kind) {
    const NAME: &str = "a_small_packet";
    let server = Server::start(kind).expect("a server");
    let url = migrated_on(&server, NAME).await;
    for (bytes, level) in [
        (64 << 10, FindingLevel::Fail),
        (1 << 20, FindingLevel::Warn),
        (4 << 20, FindingLevel::Ok),
    ] {
        server
            .sql(&format!("SET GLOBAL max_allowed_packet = {bytes}"))
            .expect("set");
        let findings = inspected(&url).await;
        finds(&findings, Check::Session, level, "`max_allowed_packet`");
    }
}

async fn a_binary_log_of_statements_is_warned_of(kind: Kind) {
    const NAME: &str = "a_log_of_statements";
    let server = Server::builder(kind)
        .arg("--log-bin=log")
        .arg("--server-id=1")
        .arg("--binlog-format=STATEMENT");
    let server = server.start().expect("a server");
    let findings = inspected(&migrated_on(&server, NAME).await).await;
    let remedy = finds(
        &findings,
        Check::Session,
        FindingLevel::Warn,
        "holds statements",
    );
    assert!(remedy.contains("binlog_format = ROW"), "{remedy}");
    finds(&findings, Check::ProbeRow, FindingLevel::Ok, "rolled back");
    let durability = of(&findings, Check::Durability);
    assert!(
        durability[1].found.contains("`sync_binlog` is 0"),
        "{durability:#?}"
    );
}

async fn a_commit_that_is_not_synced_is_warned_of(kind: Kind) {
    let findings = inspected(&migrated(kind, "a_commit_not_synced").await).await;
    let found = "`innodb_flush_log_at_trx_commit` is 2";
    let remedy = finds(&findings, Check::Durability, FindingLevel::Warn, found);
    assert!(remedy.contains("= 1"), "{remedy}");
}

/// The server enforces a limit that a session cannot exceed.
#[tokio::test]
async fn a_setting_that_cannot_be_set_fails_and_the_later_checks_still_run() {
    const NAME: &str = "a_setting_that_cannot_be_set";
    let server = Server::start(Kind::MySql).expect("a server");
    let url = migrated_on(&server, NAME).await;
    let limited = Server::builder(Kind::MySql).arg("--maximum-group-concat-max-len=1024");
    let limited = limited.start().expect("a server");
    let there = limited.database(NAME).expect("a database");
    // The migrations need such a session too, so the table comes from the other server.
    let table = server
        .sql(&format!("SHOW CREATE TABLE {NAME}.operational_activity"))
        .expect("SQL");
    let (_, create) = table.split_once('\t').expect("name and SQL");
    run(&limited, NAME, create);
    let findings = inspected(&there.parse().expect("a good URL")).await;
    let found = "`group_concat_max_len` stayed `1024`";
    let remedy = finds(&findings, Check::Session, FindingLevel::Fail, found);
    assert!(
        remedy.contains("SET SESSION group_concat_max_len"),
        "{remedy}"
    );
    finds(&findings, Check::ProbeRow, FindingLevel::Ok, "rolled back");
    finds(&findings, Check::Clock, FindingLevel::Ok, "this machine's");
    finds(
        &inspected(&url).await,
        Check::Session,
        FindingLevel::Ok,
        "strict mode",
    );
}

async fn a_clock_that_differs_is_warned_of_and_fails_beyond_a_minute(kind: Kind) {
    const NAME: &str = "a_clock_that_differs";
    let server = Server::start(kind).expect("a server");
    if kind == Kind::MySql {
        let allow = "GRANT SESSION_VARIABLES_ADMIN ON *.* TO 'trace'@'%'; \
             GRANT SESSION_VARIABLES_ADMIN ON *.* TO 'trace'@'localhost'";
        server.sql(allow).expect("allowed");
    }
    let url = migrated_on(&server, NAME).await;
    finds(
        &inspected(&url).await,
        Check::Clock,
        FindingLevel::Ok,
        "this machine's",
    );
    for (seconds, level, direction) in [
        (-3600, FindingLevel::Fail, "s behind this machine's"),
        (30, FindingLevel::Warn, "s ahead of this machine's"),
    ] {
        let set = format!("SET SESSION timestamp = UNIX_TIMESTAMP() + ({seconds})");
        server
            .sql(&format!("SET GLOBAL init_connect = '{set}'"))
            .expect("set");
        let findings = inspected(&url).await;
        let remedy = finds(&findings, Check::Clock, level, direction);
        assert!(remedy.contains("NTP"), "{remedy}");
    }
}
