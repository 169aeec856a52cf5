//! The hosts of the URL, the server's version, and TLS.

use std::net::TcpListener;

use behavior_trace_servers::{Kind, Server};
use url::Url;

use super::{
    Check, FindingLevel, Inspection, checked, finds, inspected, migrated, migrated_on, of,
    on_both_servers,
};
use crate::grants::Role;
use crate::store::DatabaseUrl;

on_both_servers! {
    the_host_that_takes_writes_is_inspected
    a_server_that_refuses_the_connection_is_the_only_finding
}

fn url(text: &str) -> DatabaseUrl {
    text.parse().expect("a good URL")
}

async fn the_host_that_takes_writes_is_inspected(kind: Kind) {
    const NAME: &str = "the_host_that_takes_writes";
    let servers = [(); 2].map(|()| Server::start(kind).expect("a server"));
    for server in &servers {
        migrated_on(server, NAME).await;
    }
    let [one, two] = servers.each_ref().map(Server::address);
    let both = url(&servers[0].url(NAME).replace(&one, &format!("{one},{two}")));
    servers[0].sql("SET GLOBAL read_only = ON").expect("runs");
    let findings = inspected(&both).await;
    let [first, second] = of(&findings, Check::Connection)[..] else {
        panic!("{findings:#?}");
    };
    assert!(
        first
            .found
            .contains(&format!("{one} is read-only, which is not used")),
        "{first:?}"
    );
    assert!(
        second.found.contains(&format!("{two} takes writes")),
        "{second:?}"
    );
    assert_eq!(
        (first.level, second.level),
        (FindingLevel::Ok, FindingLevel::Ok)
    );
    finds(&findings, Check::ProbeRow, FindingLevel::Ok, "rolled back");

    servers[1].sql("SET GLOBAL read_only = ON").expect("runs");
    let findings = inspected(&both).await;
    let of_hosts = of(&findings, Check::Connection);
    assert_eq!(of_hosts[0].level, FindingLevel::Fail, "{of_hosts:#?}");
    assert!(
        of_hosts[0]
            .found
            .contains("no host that answered takes writes"),
        "{of_hosts:#?}"
    );
    finds(
        &findings,
        Check::Schema,
        FindingLevel::Ok,
        "takes the recorder's rows",
    );
    let probe = of(&findings, Check::ProbeRow);
    assert_eq!(probe[0].level, FindingLevel::Fail, "{probe:#?}");
    let reader = Inspection::new(&both).role(Role::Reader).run().await;
    let of_hosts = of(&reader, Check::Connection);
    assert!(
        of_hosts
            .iter()
            .all(|finding| finding.level == FindingLevel::Ok),
        "{of_hosts:#?}"
    );

    servers[1].sql("SET GLOBAL read_only = OFF").expect("runs");
    servers[0].kill().expect("killed");
    let findings = inspected(&both).await;
    let of_hosts = of(&findings, Check::Connection);
    assert_eq!(of_hosts[0].level, FindingLevel::Warn, "{of_hosts:#?}");
    assert!(of_hosts[0].found.contains(&one), "{of_hosts:#?}");
    assert_eq!(of_hosts[1].level, FindingLevel::Ok, "{of_hosts:#?}");
    finds(
        &findings,
        Check::Indexes,
        FindingLevel::Ok,
        "the table has its own",
    );
}

async fn a_server_that_refuses_the_connection_is_the_only_finding(kind: Kind) {
    let server = Server::shared(kind).expect("a server");
    let mut wrong: Url = server.url("no_such_database").parse().expect("a URL");
    let refused = |findings: &[super::Finding], text: &str| {
        assert_eq!(findings.len(), 2, "{findings:#?}");
        finds(findings, Check::Connection, FindingLevel::Fail, text).to_owned()
    };
    let findings = inspected(&url(wrong.as_str())).await;
    let remedy = refused(&findings, "no_such_database");
    assert!(remedy.contains("CREATE DATABASE"), "{remedy}");
    wrong
        .set_password(Some(super::PASSWORD))
        .expect("a password");
    let findings = inspected(&url(wrong.as_str())).await;
    let remedy = refused(&findings, "Access denied");
    assert!(remedy.contains("check user and password"), "{remedy}");
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("its address");
    let nobody = wrong.as_str().replace(&server.address(), &port.to_string());
    let findings = inspected(&url(&nobody)).await;
    let remedy = refused(&findings, &port.to_string());
    assert!(remedy.contains("nothing listens there"), "{remedy}");
}

/// The listener takes connections and never answers.
#[tokio::test]
async fn a_server_that_does_not_answer_fails_and_the_spool_is_inspected_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let silent = url(&format!("mysql://app:{}@{address}/app", super::PASSWORD));
    let spool = tempfile::tempdir().expect("a directory");
    let findings = checked(Inspection::new(&silent).spool_dir(spool.path()).run().await);
    finds(
        &findings,
        Check::Connection,
        FindingLevel::Fail,
        "no answer within 5 s",
    );
    finds(&findings, Check::DeadLetters, FindingLevel::Ok, "none");
    assert!(of(&findings, Check::Schema).is_empty(), "{findings:#?}");
}

/// MySQL shows no other version than its own.
#[tokio::test]
async fn a_release_that_is_not_tested_any_more_is_warned_of() {
    const NAME: &str = "a_release_that_is_not_tested";
    let server = Server::builder(Kind::MariaDb)
        .arg("--version=10.6.22-MariaDB")
        .start();
    let server = server.expect("a server");
    let findings = inspected(&migrated_on(&server, NAME).await).await;
    let of_server = of(&findings, Check::Connection);
    assert_eq!(of_server[0].level, FindingLevel::Ok, "{of_server:#?}");
    assert_eq!(of_server[1].level, FindingLevel::Warn, "{of_server:#?}");
    assert!(
        of_server[1].found.contains("MariaDB 10.6.22"),
        "{of_server:#?}"
    );
}

/// Returns the URL of a database, with another query and under a name of this machine that counts as another's.
fn elsewhere(server: &Server, database: &str, query: &str) -> DatabaseUrl {
    let mut address: Url = server.url(database).parse().expect("a URL");
    address.set_host(Some("LOCALHOST")).expect("a host");
    address.set_query(Some(query));
    url(address.as_str())
}

#[tokio::test]
async fn plain_text_to_another_machine_is_warned_of() {
    const NAME: &str = "plain_text_to_another_machine";
    let server = Server::shared(Kind::MariaDb).expect("a server");
    let near = migrated(Kind::MariaDb, NAME).await;
    let findings = inspected(&near).await;
    finds(
        &findings,
        Check::Tls,
        FindingLevel::Ok,
        "not encrypted, within this machine",
    );
    let findings = inspected(&elsewhere(server, NAME, "ssl-mode=disabled")).await;
    let remedy = finds(&findings, Check::Tls, FindingLevel::Warn, "not encrypted");
    assert!(remedy.contains("ssl-mode=verify_identity"), "{remedy}");
    let findings = inspected(&elsewhere(server, NAME, "ssl-mode=required")).await;
    finds(
        &findings,
        Check::Connection,
        FindingLevel::Fail,
        "no encrypted connection",
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_verified_is_warned_of() {
    const NAME: &str = "a_certificate_not_verified";
    let server = Server::start(Kind::MySql).expect("a server");
    migrated_on(&server, NAME).await;
    let findings = inspected(&url(&server.url(NAME))).await;
    finds(&findings, Check::Tls, FindingLevel::Ok, "TLSv1.3");
    let socket = url(&server.socket_url(NAME).expect("a socket"));
    finds(
        &inspected(&socket).await,
        Check::Tls,
        FindingLevel::Ok,
        "through a socket",
    );
    let findings = inspected(&elsewhere(&server, NAME, "ssl-mode=required")).await;
    let remedy = finds(&findings, Check::Tls, FindingLevel::Warn, "not verified");
    assert!(remedy.contains("ssl-ca="), "{remedy}");
    let ca = server.ca_cert().expect("a certificate");
    let verified = format!("ssl-mode=verify_ca&ssl-ca={}", ca.display());
    let findings = inspected(&elsewhere(&server, NAME, &verified)).await;
    finds(
        &findings,
        Check::Tls,
        FindingLevel::Ok,
        "the certificate is verified",
    );
}
