//! The rights of the account against those that its role needs.

mod grant;
mod trial;
mod verdict;

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::grants::{Role, grants};
use crate::store::{ErrorClass, StoreError};
use trial::TrialOutcome;
use verdict::{Need, ShownRights, excess, needs, shows};

const WHO: &str = "SELECT CAST(DATABASE() AS CHAR), CAST(CURRENT_USER() AS CHAR)";

/// Compares by trying where a trial changes nothing, and otherwise by what the server shows.
pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let who = subject.pairs(WHO).await?.into_iter().next();
    let Some((database, account)) = who else {
        let text = "the server names neither a database nor an account";
        return Err(StoreError::new(ErrorClass::Other, text));
    };
    let account = quoted(&account);
    let statements = grants(subject.role, &database, &account);
    let shown = subject.texts("SHOW GRANTS").await?;
    let shown: Vec<_> = shown.into_iter().flatten().flatten().collect();
    let shown = ShownRights::of(shown.iter().map(String::as_str));

    let mut findings = missing(subject, &statements, &shown, &account).await?;
    let excess = excess(&shown, &statements, &database);
    if !excess.is_empty() {
        findings.push(of_excess(&account, &excess, subject.role, &statements));
    }
    if findings.is_empty() {
        let role = subject.role;
        let found = format!("{account} has the rights of a {role}, and may change nothing else");
        findings.push(Finding::ok(Check::Rights, found));
    }
    Ok(findings)
}

/// Returns a finding for each statement of `grants` that the account lacks a right of.
async fn missing(
    subject: &mut Subject<'_>,
    statements: &[String],
    shown: &ShownRights,
    account: &str,
) -> Result<Vec<Finding>, StoreError> {
    let mut missing = Vec::new();
    for statement in statements {
        let mut lacks = Vec::new();
        for need in needs(statement) {
            if !is_given(subject, &need, shown).await? {
                lacks.push(need);
            }
        }
        if !lacks.is_empty() {
            missing.push(of_missing(account, &lacks, statement));
        }
    }
    Ok(missing)
}

async fn is_given(
    subject: &mut Subject<'_>,
    need: &Need,
    shown: &ShownRights,
) -> Result<bool, StoreError> {
    let Some(text) = need.trial() else {
        return Ok(shows(shown, need));
    };
    Ok(
        match trial::attempt(subject, text, &need.right.name).await? {
            TrialOutcome::Allowed => true,
            TrialOutcome::Denied => false,
            TrialOutcome::Unknown => shows(shown, need),
        },
    )
}

fn of_missing(account: &str, lacks: &[Need], statement: &str) -> Finding {
    let names: Vec<_> = lacks.iter().map(Need::spelled).collect();
    let table = lacks.first().map_or("", |need| need.table.as_str());
    Finding::fail(
        Check::Rights,
        format!("{account} may not {} on `{table}`", names.join(", ")),
        statement,
    )
}

fn of_excess(account: &str, excess: &[String], role: Role, statements: &[String]) -> Finding {
    let excess = excess.join(", ");
    Finding::warn(
        Check::Rights,
        format!("{account} may {excess}, which a {role} does not need"),
        format!(
            "let the {role} use an account with no more than: {}",
            statements.join("; ")
        ),
    )
}

/// Quotes an account, whose host follows the last `@`.
fn quoted(account: &str) -> String {
    let quote = |part: &str| format!("'{}'", part.replace('\'', "''"));
    match account.rsplit_once('@') {
        Some((user, host)) => format!("{}@{}", quote(user), quote(host)),
        None => quote(account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_quoted_by_its_parts() {
        assert_eq!(quoted("w@%"), "'w'@'%'");
        assert_eq!(quoted("a@b@10.0.%"), "'a@b'@'10.0.%'");
        assert_eq!(quoted("o'neil@localhost"), "'o''neil'@'localhost'");
        assert_eq!(quoted("role"), "'role'");
    }
}
