//! Each kind of server, really provisioned and run.

#![expect(
    clippy::unwrap_used,
    reason = "this file is tests, functions that the tests share included"
)]

mod browser;

use std::net::TcpStream;
use std::time::Duration;

use behavior_trace_servers::{Kind, Php, Prometheus, Server, provision, provision_prometheus};
use rustix::process::{Pid, test_kill_process};

fn start(kind: Kind) -> Server {
    Server::start(kind).unwrap_or_else(|error| panic!("{error}"))
}

fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

/// Tests that every kind passes.
macro_rules! each_kind {
    ($($test:ident)*) => {
        mod mysql {
            $(#[test] fn $test() { super::$test(super::Kind::MySql); })*
        }
        mod mariadb {
            $(#[test] fn $test() { super::$test(super::Kind::MariaDb); })*
        }
    };
}

each_kind! {
    a_provisioned_server_is_of_its_kind
    a_server_answers_and_keeps_its_rows_over_a_crash
    a_stopped_server_starts_again_on_its_port
    a_paused_server_accepts_and_does_not_answer
    an_argument_reaches_the_server
    an_argument_that_is_none_ends_the_start_with_the_log
    a_dropped_server_leaves_nothing
    data_that_is_kept_is_there_at_the_next_start
    a_panic_ends_the_server
    the_user_of_the_tests_has_no_rights_over_the_server
    two_servers_run_side_by_side
    the_shared_server_is_the_same_at_every_call
}

#[test]
fn php_runs_a_script_and_has_the_driver() {
    let php = Php::find().unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("drivers.php");
    std::fs::write(
        &script,
        "<?php echo implode(',', PDO::getAvailableDrivers());",
    )
    .unwrap();
    let output = php.command(&script).output().unwrap();
    let drivers = String::from_utf8(output.stdout).unwrap();
    assert!(drivers.contains("mysql"), "{drivers}");
    assert!(php.version().starts_with(|c: char| c.is_ascii_digit()));
}

fn data_that_is_kept_is_there_at_the_next_start(kind: Kind) {
    let name = format!("test-{}", std::process::id());
    let start = || Server::builder(kind).kept(&name).start().unwrap();
    let server = start();
    server
        .sql("CREATE DATABASE kept; CREATE TABLE kept.t (a INT); INSERT INTO kept.t VALUES (7)")
        .unwrap();
    let data = server.data_dir().unwrap();
    server.stop().unwrap();
    drop(server);
    let server = start();
    assert_eq!(server.sql("SELECT a FROM kept.t").unwrap(), "7\n");
    assert_eq!(server.data_dir().unwrap(), data);
    drop(server);
    std::fs::remove_dir_all(&data).unwrap();
    let mut lock = data.into_os_string();
    lock.push(".lock");
    std::fs::remove_file(lock).unwrap();
}

fn a_provisioned_server_is_of_its_kind(kind: Kind) {
    let installation = provision(kind).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(installation.kind(), kind);
    let is_mariadb = installation.version().contains("MariaDB");
    assert_eq!(
        is_mariadb,
        kind == Kind::MariaDb,
        "{}",
        installation.version()
    );
}

fn a_server_answers_and_keeps_its_rows_over_a_crash(kind: Kind) {
    let server = start(kind);
    let url = server.database("orders").unwrap();
    assert!(
        url.contains(&format!("@{}/orders", server.address())),
        "{url}"
    );
    server
        .sql("CREATE TABLE orders.t (a INT); INSERT INTO orders.t VALUES (1), (2)")
        .unwrap();
    let before = server.pid().unwrap().unwrap();
    server.kill().unwrap();
    assert_eq!(server.pid().unwrap(), None);
    assert!(!is_alive(before));
    assert!(TcpStream::connect(server.address()).is_err());
    server.restart().unwrap();
    assert_eq!(
        server
            .sql("SELECT a, a + 1 FROM orders.t ORDER BY a")
            .unwrap(),
        "1\t2\n2\t3\n"
    );
    assert_eq!(server.url("orders"), url);
    server.database("orders").unwrap();
    assert!(server.sql("SELECT * FROM orders.t").is_err());
}

fn a_stopped_server_starts_again_on_its_port(kind: Kind) {
    let server = start(kind);
    let address = server.address();
    server.stop().unwrap();
    assert!(server.sql("SELECT 1").is_err());
    server.restart().unwrap();
    assert_eq!(server.address(), address);
    TcpStream::connect(address).unwrap();
}

fn a_paused_server_accepts_and_does_not_answer(kind: Kind) {
    let server = start(kind);
    server.pause().unwrap();
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| server.sql("SELECT 1"));
        TcpStream::connect(server.address()).unwrap();
        // The query may come before or after the resume. In both cases the server answers once it continues.
        server.resume().unwrap();
        answer.join().unwrap().unwrap();
    });
    server.pause().unwrap();
    server.stop().unwrap();
    server.pause().unwrap_err();
}

fn an_argument_reaches_the_server(kind: Kind) {
    let server = Server::builder(kind)
        .arg("--max-connections=17")
        .arg("--sql-mode=")
        .start()
        .unwrap();
    assert_eq!(
        server.sql("SELECT @@max_connections, @@sql_mode").unwrap(),
        "17\t\n"
    );
    assert_eq!(
        server
            .sql("SELECT @@innodb_flush_log_at_trx_commit, @@log_bin")
            .unwrap(),
        "2\t0\n"
    );
    let server = Server::builder(kind).durable().start().unwrap();
    assert_eq!(
        server
            .sql("SELECT @@innodb_flush_log_at_trx_commit")
            .unwrap(),
        "1\n"
    );
}

fn an_argument_that_is_none_ends_the_start_with_the_log(kind: Kind) {
    let error = Server::builder(kind)
        .arg("--no-such-setting")
        .start()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("unknown option '--no-such-setting'"),
        "{error}"
    );
    assert!(!error.is_missing());
}

fn a_dropped_server_leaves_nothing(kind: Kind) {
    let server = start(kind);
    let (pid, data) = (server.pid().unwrap().unwrap(), server.data_dir().unwrap());
    assert!(data.is_dir() && is_alive(pid));
    drop(server);
    assert!(!is_alive(pid));
    assert!(!data.parent().unwrap().exists());
}

fn a_panic_ends_the_server(kind: Kind) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let server = start(kind);
        sender.send(server.pid().unwrap().unwrap()).unwrap();
        server.pause().unwrap();
        panic!("on purpose");
    });
    let pid = receiver.recv().unwrap();
    assert!(panicked.join().is_err());
    assert!(!is_alive(pid));
}

fn the_user_of_the_tests_has_no_rights_over_the_server(kind: Kind) {
    let server = start(kind);
    let grants = server.sql("SHOW GRANTS FOR 'trace'@'%'").unwrap();
    assert!(
        grants.contains("GRANT USAGE ON *.*") && grants.contains("GRANT ALL PRIVILEGES ON `%`.*"),
        "{grants}"
    );
}

fn two_servers_run_side_by_side(kind: Kind) {
    let (one, other) = (start(kind), start(kind));
    assert_ne!(one.address(), other.address());
    one.database("only_here").unwrap();
    assert_eq!(other.sql("SHOW DATABASES LIKE 'only_here'").unwrap(), "");
}

fn the_shared_server_is_the_same_at_every_call(kind: Kind) {
    let server = Server::shared(kind).unwrap();
    let url = server.database("the_shared_server").unwrap();
    assert_eq!(Server::shared(kind).unwrap().url("the_shared_server"), url);
    assert_eq!(
        server
            .sql("SHOW DATABASES LIKE 'the_shared_server'")
            .unwrap(),
        "the_shared_server\n"
    );
    server.sql("DROP DATABASE the_shared_server").unwrap();
}

#[test]
fn mysql_has_a_certificate_authority_and_mariadb_none() {
    let server = start(Kind::MySql);
    let certificate = std::fs::read_to_string(server.ca_cert().unwrap()).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(start(Kind::MariaDb).ca_cert().unwrap_err().is_unsupported());
}

#[test]
fn a_provisioned_prometheus_checks_rules() {
    let binaries = provision_prometheus().unwrap_or_else(|error| panic!("{error}"));
    let version = binaries.version();
    assert!(
        version.starts_with(|c: char| c.is_ascii_digit()),
        "{version}"
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.yml");
    let rules = |expression: &str| {
        format!(
            "groups:\n  - name: one\n    rules:\n      - alert: One\n        expr: {expression}\n"
        )
    };
    std::fs::write(&file, rules("vector(1) > 0")).unwrap();
    let said = binaries.check_rules(&file).unwrap();
    assert!(said.contains("1 rules found"), "{said}");
    std::fs::write(&file, rules("vector(1) >")).unwrap();
    let error = binaries.check_rules(&file).unwrap_err().to_string();
    assert!(error.contains("parse error"), "{error}");
}

#[test]
fn a_prometheus_that_cannot_start_shows_its_log() {
    let binaries = provision_prometheus().unwrap_or_else(|error| panic!("{error}"));
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules.yml");
    std::fs::write(&rules, "no rules").unwrap();
    let target = ([127, 0, 0, 1], 9).into();
    let error = Prometheus::start(&binaries, target, Duration::from_secs(1), &[rules]);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("rules.yml"), "{error}");
}
