//! Each check of an inspection, with the state that it warns of made for real.

mod file;
mod findings;
mod hosts;
mod lost;
mod rights;
mod schema;
mod session;
mod spool;
mod table;

use std::path::Path;

use behavior_trace_servers::{Kind, Server};
use url::Url;

use super::{Check, Finding, FindingLevel, Inspection};
use crate::grants::{Role, grants};
use crate::migrate::Migrations;
use crate::store::DatabaseUrl;

/// Turns each `async fn(Kind)` into a test on MariaDB and on MySQL.
macro_rules! on_both_servers {
    ($($test:ident)*) => {
        mod mariadb {$(
            #[tokio::test]
            async fn $test() {
                super::$test(behavior_trace_servers::Kind::MariaDb).await;
            }
        )*}

        mod mysql {$(
            #[tokio::test]
            async fn $test() {
                super::$test(behavior_trace_servers::Kind::MySql).await;
            }
        )*}
    };
}
use on_both_servers;

/// Password of the accounts, which no text may contain.
const PASSWORD: &str = "canary-7f3a";

async fn inspected(url: &DatabaseUrl) -> Vec<Finding> {
    checked(Inspection::new(url).run().await)
}

/// Asserts what holds for every inspection: the order, the remedies, and no password.
fn checked(findings: Vec<Finding>) -> Vec<Finding> {
    assert!(
        findings.is_sorted_by_key(|finding| finding.check),
        "{findings:#?}"
    );
    for finding in &findings {
        let has_remedy = finding
            .remedy
            .as_ref()
            .is_some_and(|remedy| !remedy.is_empty());
        assert_eq!(has_remedy, finding.level != FindingLevel::Ok, "{finding:?}");
        assert!(!finding.found.is_empty(), "{finding:?}");
    }
    assert!(!format!("{findings:?}").contains(PASSWORD), "{findings:#?}");
    findings
}

/// Returns the findings of one check.
fn of(findings: &[Finding], check: Check) -> Vec<&Finding> {
    findings
        .iter()
        .filter(|finding| finding.check == check)
        .collect()
}

/// Asserts that a check has one finding, of this level and with this text. Returns its remedy.
#[track_caller]
fn finds<'f>(findings: &'f [Finding], check: Check, level: FindingLevel, text: &str) -> &'f str {
    let [finding] = of(findings, check)[..] else {
        panic!("{check}: {findings:#?}");
    };
    assert_eq!(finding.level, level, "{finding:#?}");
    assert!(finding.found.contains(text), "{text}: {finding:#?}");
    finding.remedy.as_deref().unwrap_or_default()
}

/// Creates a database with the recorder's table on the shared server.
async fn migrated(kind: Kind, name: &str) -> DatabaseUrl {
    migrated_on(Server::shared(kind).expect("a server"), name).await
}

async fn migrated_on(server: &Server, name: &str) -> DatabaseUrl {
    let url: DatabaseUrl = server
        .database(name)
        .expect("a database")
        .parse()
        .expect("a good URL");
    Migrations::new(&url).run().await.expect("migrated");
    url
}

/// Runs SQL in a database, as root.
fn run(server: &Server, database: &str, text: &str) {
    server.sql(&format!("USE {database}; {text}")).expect(text);
}

/// Creates an account without rights, and returns its URL.
fn account(server: &Server, database: &str, name: &str) -> DatabaseUrl {
    let made = format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}'");
    server.sql(&made).expect("an account");
    let mut url: Url = server.url(database).parse().expect("a URL");
    url.set_username(name).expect("a name");
    url.set_password(Some(PASSWORD)).expect("a password");
    url.as_str().parse().expect("a good URL")
}

/// Creates an account with the rights of a role and no others.
fn account_of(server: &Server, database: &str, role: Role) -> DatabaseUrl {
    let role = match (role, server.kind()) {
        (Role::Writer, Kind::MariaDb) => Role::MariaDbWriter,
        (role, _) => role,
    };
    let name = format!("bt_{role:?}").to_lowercase();
    let url = account(server, database, &name);
    for grant in grants(role, database, &format!("'{name}'@'%'")) {
        server.sql(&grant).expect("granted");
    }
    url
}

fn sqlite(file: &Path) -> DatabaseUrl {
    format!("sqlite:{}", file.display())
        .parse()
        .expect("a good URL")
}
