//! Inspection of MySQL and MariaDB: the hosts of the URL, and then one of them.

use std::time::Duration;

use tokio::time::timeout;

use super::finding::{Check, Finding};
use super::subject::{Subject, purpose};
use crate::grants::Role;
use crate::store::mysql::{HostOutcome, Options, Reached};
use crate::store::{Connection, DatabaseUrl};

/// Checks of the host that was chosen, in order.
const CHECKS: [Check; 10] = [
    Check::Tls,
    Check::Session,
    Check::Durability,
    Check::Schema,
    Check::Rights,
    Check::ProbeRow,
    Check::Clock,
    Check::Indexes,
    Check::Partitions,
    Check::Anonymous,
];
/// The oldest releases that the tests run.
const SUPPORTED: [(&str, (u32, u32)); 2] = [("MySQL", (8, 4)), ("MariaDB", (10, 11))];
/// Time limit for closing a session on a host that was not chosen.
const CLOSE: Duration = Duration::from_secs(1);

pub(super) async fn inspect(url: &DatabaseUrl, options: &Options, role: Role) -> Vec<Finding> {
    let outcomes = options.reach_each(purpose(role)).await;
    let chosen = choose(&outcomes);
    let mut findings = of_hosts(&outcomes, chosen, role);
    let mut reached = None;
    for (index, host) in outcomes.into_iter().enumerate() {
        match host.outcome {
            Ok(one) if chosen == Some(index) => reached = Some(one),
            Ok(other) => drop(timeout(CLOSE, other.session.close()).await),
            Err(_) => {}
        }
    }
    if let Some(reached) = reached {
        findings.extend(subject(url, role, reached).inspect(&CHECKS).await);
    }
    findings
}

fn subject(url: &DatabaseUrl, role: Role, reached: Reached) -> Subject<'_> {
    let role = match role {
        Role::Writer | Role::MariaDbWriter if reached.session.is_mariadb() => Role::MariaDbWriter,
        Role::Writer | Role::MariaDbWriter => Role::Writer,
        role => role,
    };
    Subject {
        url,
        role,
        connection: Some(Connection::MySql(reached.session)),
        gone: None,
        skew: 0,
        transport: Some(reached.transport),
        unset: reached.unset,
    }
}

/// Returns the index of the host that a recorder would use, or of one that can at least be read.
fn choose(outcomes: &[HostOutcome]) -> Option<usize> {
    let is = |read_only: bool| {
        outcomes.iter().position(|host| {
            let reached = host.outcome.as_ref();
            reached.is_ok_and(|reached| reached.is_read_only == read_only)
        })
    };
    is(false).or_else(|| is(true))
}

fn of_hosts(outcomes: &[HostOutcome], chosen: Option<usize>, role: Role) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, host) in outcomes.iter().enumerate() {
        match &host.outcome {
            Ok(reached) if chosen == Some(index) => findings.extend(of_chosen(host, reached, role)),
            Ok(reached) => findings.push(Finding::ok(
                Check::Connection,
                format!("{}, which is not used now", describe(&host.name, reached)),
            )),
            Err(error) => {
                let error = format!("{}: {error}", host.name);
                let remedy = "start the server, or correct the URL";
                let mut finding = Finding::of_error(Check::Connection, &error, remedy);
                if chosen.is_some() {
                    finding.level = super::FindingLevel::Warn;
                }
                findings.push(finding);
            }
        }
    }
    findings
}

fn of_chosen(host: &HostOutcome, reached: &Reached, role: Role) -> Vec<Finding> {
    let description = describe(&host.name, reached);
    let state = if reached.is_read_only && role != Role::Reader {
        Finding::fail(
            Check::Connection,
            format!("{description}, and no host that answered takes writes"),
            "name the primary in the URL, or find out why it does not answer or takes no writes",
        )
    } else {
        Finding::ok(Check::Connection, description)
    };
    let mut findings = vec![state];
    findings.extend(of_version(&reached.version));
    findings
}

fn describe(name: &str, reached: &Reached) -> String {
    let (product, number) = release(&reached.version);
    let state = if reached.is_read_only {
        "is read-only"
    } else {
        "takes writes"
    };
    format!("{product} {number} at {name} {state}")
}

/// Returns the product, and the number of the release as the server spells it.
fn release(version: &str) -> (&'static str, &str) {
    let product = if version.to_lowercase().contains("mariadb") {
        "MariaDB"
    } else {
        "MySQL"
    };
    // A MariaDB behind a proxy may still begin with the version of MySQL that it once imitated.
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    (
        product,
        version[..end.unwrap_or(version.len())].trim_end_matches('.'),
    )
}

fn of_version(version: &str) -> Option<Finding> {
    let (product, number) = release(version);
    let (_, oldest) = SUPPORTED.into_iter().find(|(name, _)| *name == product)?;
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    (found < oldest).then(|| {
        Finding::warn(
            Check::Connection,
            format!(
                "{product} {number} is older than the releases that the recorder is tested with"
            ),
            format!("upgrade it to {product} {}.{} or later", oldest.0, oldest.1),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_before_the_oldest_tested_ones_are_warned_of() {
        for (version, is_old) in [
            ("9.7.4-2", false),
            ("8.4.0", false),
            ("8.0.46-0ubuntu0.24.04.1", true),
            ("8.0.mysql_aurora.3.04", true),
            ("10.11.19-MariaDB-0+deb12u1", false),
            ("5.5.5-10.6.1-MariaDB", true),
            ("11.8.2-MariaDB-log", false),
            ("none", true),
        ] {
            assert_eq!(of_version(version).is_some(), is_old, "{version}");
        }
        assert_eq!(release("8.0.mysql_aurora.3.04"), ("MySQL", "8.0"));
    }
}
