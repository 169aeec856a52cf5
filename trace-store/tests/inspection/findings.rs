//! A sound database, for each role.

use behavior_trace_servers::{Kind, Server};

use super::{
    Check, FindingLevel, Inspection, account_of, checked, finds, inspected, migrated_on,
    on_both_servers,
};
use crate::grants::Role;
use crate::reader::Reader;
use crate::store::DatabaseUrl;

on_both_servers! {
    each_role_with_its_own_rights_is_found_well
}

const NAME: &str = "each_role_is_found_well";

async fn each_role_with_its_own_rights_is_found_well(kind: Kind) {
    let server = Server::builder(kind).durable().start().expect("a server");
    let url = migrated_on(&server, NAME).await;
    for role in [Role::Writer, Role::Reader, Role::Maintainer, Role::Migrator] {
        let account = account_of(&server, NAME, role);
        let findings = checked(Inspection::new(&account).role(role).run().await);
        let wrong: Vec<_> = findings
            .iter()
            .filter(|finding| finding.level != FindingLevel::Ok)
            .collect();
        assert!(wrong.is_empty(), "{role} on {kind}: {wrong:#?}");
        let mut checks: Vec<_> = findings
            .iter()
            .map(|finding| finding.check.name())
            .collect();
        checks.dedup();
        let mut expected = vec![
            "url",
            "connection",
            "tls",
            "session",
            "durability",
            "schema",
            "rights",
            "probe-row",
            "clock",
            "indexes",
            "partitions",
            "anonymous",
        ];
        expected.retain(|name| role == Role::Writer || *name != "probe-row");
        assert_eq!(checks, expected, "{role} on {kind}");
    }
    let count = Reader::new(&url).query().count_up_to(1).await;
    assert_eq!(count.expect("a count"), 0, "the probe row is rolled back");
    let findings = inspected(&url).await;
    let product = if kind == Kind::MySql {
        "MySQL 9."
    } else {
        "MariaDB 10."
    };
    finds(&findings, Check::Connection, FindingLevel::Ok, product);
    finds(
        &findings,
        Check::Connection,
        FindingLevel::Ok,
        &server.address(),
    );
    finds(
        &findings,
        Check::ProbeRow,
        FindingLevel::Ok,
        "an id of the table",
    );
}

#[tokio::test]
async fn memory_has_nothing_to_check() {
    let findings = inspected(&DatabaseUrl::memory()).await;
    assert_eq!(findings.len(), 2, "{findings:?}");
    finds(&findings, Check::Connection, FindingLevel::Ok, "memory");
}

#[tokio::test]
async fn a_parameter_without_effect_is_warned_of() {
    let url = "mysql://app:canary-7f3a@127.0.0.1:1/app?charset=latin1"
        .parse()
        .expect("a URL");
    let findings = inspected(&url).await;
    let remedy = finds(&findings, Check::Url, FindingLevel::Warn, "`charset`");
    assert!(remedy.contains("remove"), "{remedy}");
}
