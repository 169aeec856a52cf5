//! The migrations, and the table as the recorder needs it.

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::grants::Role;
use crate::migrate::{MigrationError, MigrationState, MigrationStatus, Migrations};
use crate::store::{ErrorClass, StoreError};

pub(super) const MIGRATE: &str =
    "run the migrations (`behavior-trace migrate run`, or `.migrate(true)` on the builder)";
const FINISH: &str = "finish the takeover once PHP stores no more rows (`behavior-trace migrate run --finish-takeover`, or `Migrations::finish_takeover`)";
/// The query that fails if the account may not read the records of the migrations, or if there are none.
const RECORDS: &str = "SELECT version FROM _behavior_trace_migrations LIMIT 0";

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let table = subject.connection().await?.check_schema().await;
    let unfit = match table {
        Ok(()) => None,
        Err(error) if error.class() == ErrorClass::Configuration => Some(error),
        Err(error) => return Err(error),
    };
    if is_denied(subject).await? {
        return Ok(vec![without_records(subject.role, unfit.as_ref())]);
    }
    let migrations = Migrations::new(subject.url);
    let status = migrations
        .status()
        .await
        .map_err(|error| of_migrations(&error))?;
    for state in [
        MigrationState::Refused,
        MigrationState::TakeoverPending,
        MigrationState::TakenOver,
    ] {
        if status.iter().any(|one| one.state == state) {
            return Ok(vec![of_takeover(&migrations, state, unfit.as_ref()).await]);
        }
    }
    Ok(vec![judge(&status, unfit.as_ref())])
}

async fn is_denied(subject: &mut Subject<'_>) -> Result<bool, StoreError> {
    match subject.texts(RECORDS).await {
        Ok(_) => Ok(false),
        Err(error) if error.class() == ErrorClass::Configuration => {
            Ok(error.to_string().contains("denied"))
        }
        Err(error) => Err(error),
    }
}

/// Returns the finding for an account that may not read the records, as is right for a writer and a reader.
fn without_records(role: Role, unfit: Option<&StoreError>) -> Finding {
    if let Some(error) = unfit {
        return Finding::of_error(Check::Schema, error, MIGRATE);
    }
    let found = "the table takes the recorder's rows; this account may not read which migrations were applied";
    match role {
        Role::Migrator => Finding::warn(
            Check::Schema,
            found,
            "grant the migrator its rights on `_behavior_trace_migrations`",
        ),
        _ => Finding::ok(Check::Schema, found),
    }
}

fn judge(status: &[MigrationStatus], unfit: Option<&StoreError>) -> Finding {
    let changed = versions(status, MigrationState::Changed);
    if !changed.is_empty() {
        return Finding::fail(
            Check::Schema,
            format!("applied with other SQL than this release has: migration {changed}"),
            "look for what changed a released migration; the next run refuses it",
        );
    }
    let left = left(status);
    match unfit {
        Some(error) if left.is_empty() => of_unfit(error, ""),
        Some(error) => Finding {
            remedy: Some(MIGRATE.to_owned()),
            ..of_unfit(error, &left)
        },
        None if left.is_empty() => of_applied(status),
        None => {
            let found = format!("the table takes the recorder's rows, but with {left}");
            Finding::warn(Check::Schema, found, MIGRATE)
        }
    }
}

/// Returns the versions in a state, separated by commas.
fn versions(status: &[MigrationStatus], state: MigrationState) -> String {
    let found = status.iter().filter(|one| one.state == state);
    let versions: Vec<_> = found.map(|one| one.version.to_string()).collect();
    versions.join(", ")
}

/// Returns what the next run will do, for people.
fn left(status: &[MigrationStatus]) -> String {
    let of = |state, spelled: &str| {
        let versions = versions(status, state);
        (!versions.is_empty()).then(|| format!("migrations {versions} {spelled}"))
    };
    let pending = of(MigrationState::Pending, "pending");
    let incomplete = of(MigrationState::Incomplete, "incomplete");
    let each: Vec<_> = pending.into_iter().chain(incomplete).collect();
    each.join(", ")
}

/// Returns the finding for a table that does not take the recorder's rows.
fn of_unfit(error: &StoreError, beside: &str) -> Finding {
    let mut finding = Finding::of_error(Check::Schema, error, MIGRATE);
    if !beside.is_empty() {
        finding.found = format!("{} ({beside})", finding.found);
    }
    finding
}

fn of_applied(status: &[MigrationStatus]) -> Finding {
    let newer = versions(status, MigrationState::Newer);
    let found = if newer.is_empty() {
        format!(
            "{} migrations are applied, and the table takes the recorder's rows",
            status.len()
        )
    } else {
        format!(
            "a later release has migrated the table (migrations {newer}), and it takes the recorder's rows"
        )
    };
    Finding::ok(Check::Schema, found)
}

/// Returns the finding for a table that another has made.
async fn of_takeover(
    migrations: &Migrations,
    state: MigrationState,
    unfit: Option<&StoreError>,
) -> Finding {
    let takeover = match migrations.takeover().await {
        Ok(takeover) => takeover,
        Err(error) => return Finding::of_error(Check::Schema, &error, MIGRATE),
    };
    let differences = takeover.differences.join(", ");
    match state {
        MigrationState::TakeoverPending => Finding::fail(
            Check::Schema,
            "the table is of the PHP package and has no unique key, so nothing is stored",
            MIGRATE,
        ),
        MigrationState::Refused => Finding::fail(
            Check::Schema,
            "another's table has the name `operational_activity`",
            "rename it, and run the migrations",
        ),
        _ => of_taken_over(&differences, unfit),
    }
}

/// Returns the finding for a table that was taken over from PHP. A table that takes no rows fails all the same.
fn of_taken_over(differences: &str, unfit: Option<&StoreError>) -> Finding {
    let found = format!(
        "the table was taken over from PHP, and the takeover is not finished: {differences}"
    );
    match unfit {
        Some(error) => of_unfit(error, &found),
        None => Finding::warn(Check::Schema, found, FINISH),
    }
}

fn of_migrations(error: &MigrationError) -> StoreError {
    StoreError::new(ErrorClass::Other, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::FindingLevel;

    #[test]
    fn a_table_that_was_taken_over_and_takes_no_rows_fails() {
        let warned = of_taken_over("`actor_id` is bigint", None);
        assert_eq!(warned.level, FindingLevel::Warn);
        let error = StoreError::new(ErrorClass::Configuration, "no unique key; add one");
        let failed = of_taken_over("`actor_id` is bigint", Some(&error));
        assert_eq!(failed.level, FindingLevel::Fail);
        assert!(failed.found.contains("`actor_id` is bigint"), "{failed:?}");
        assert_eq!(failed.remedy.as_deref(), Some("add one"));
    }
}
