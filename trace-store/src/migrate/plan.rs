//! Comparison of applied and known migrations, without I/O.

use std::fmt::Write as _;
use std::time::Duration;

use behavior_trace_migrations::Migration;

use super::error::Kind;
use super::{MigrationState, MigrationStatus, MigrationStep};

/// Name of the table of applied migrations, which has the columns sqlx gives such a table.
macro_rules! applied {
    () => {
        "_behavior_trace_migrations"
    };
}
pub(super) use applied;

pub(super) const APPLIED: &str = applied!();
pub(super) const LINES: &str = concat!(
    "SELECT version, description, success, checksum FROM ",
    applied!(),
    " ORDER BY version"
);
pub(super) const FORGET: &str = concat!("DELETE FROM ", applied!(), " WHERE success = FALSE");

/// One row of `_behavior_trace_migrations`.
#[derive(Debug)]
pub(super) struct Applied {
    version: i64,
    description: String,
    success: bool,
    checksum: Vec<u8>,
}

/// Version, description, success and checksum of a selected row.
pub(super) type Line = (i64, String, bool, Vec<u8>);

impl From<Line> for Applied {
    fn from((version, description, success, checksum): Line) -> Self {
        Self {
            version,
            description,
            success,
            checksum,
        }
    }
}

/// Returns the migrations to run, in order: those never applied, and incomplete ones, since each is idempotent. Fails
/// before any statement runs if one was applied with other SQL. Versions known only to a later release are no error, so
/// that an older process may start beside a newer one.
pub(super) fn due(
    migrations: &'static [Migration],
    applied: &[Applied],
) -> Result<Vec<&'static Migration>, Kind> {
    let changed = |migration: &&Migration| state(migration, applied) == MigrationState::Changed;
    if let Some(migration) = migrations.iter().find(changed) {
        return Err(Kind::Changed(MigrationStep::from(migration)));
    }
    let due = |migration: &&Migration| state(migration, applied) != MigrationState::Applied;
    Ok(migrations.iter().filter(due).collect())
}

/// Returns the statements that record a migration as applied and remove its incomplete record. Both contain only constants.
pub(super) fn write_down(migration: &Migration, elapsed: Duration) -> [String; 2] {
    let Migration {
        version,
        description,
        checksum,
        ..
    } = migration;
    [
        format!("{FORGET} AND version = {version}"),
        format!(
            "INSERT INTO {APPLIED} (version, description, success, checksum, execution_time) \
             VALUES ({version}, '{description}', TRUE, X'{checksum}', {})",
            elapsed.as_nanos()
        ),
    ]
}

pub(super) fn status(
    migrations: &'static [Migration],
    applied: &[Applied],
) -> Vec<MigrationStatus> {
    let known = migrations.iter().map(|migration| MigrationStatus {
        state: state(migration, applied),
        ..done(migration)
    });
    let later = applied
        .iter()
        .filter(|line| {
            migrations
                .iter()
                .all(|migration| migration.version != line.version)
        })
        .map(|line| MigrationStatus {
            version: line.version,
            description: line.description.clone(),
            state: MigrationState::Newer,
        });
    known.chain(later).collect()
}

fn state(migration: &Migration, applied: &[Applied]) -> MigrationState {
    let mut lines = applied.iter();
    let Some(line) = lines.find(|line| line.version == migration.version) else {
        return MigrationState::Pending;
    };
    if !line.success {
        MigrationState::Incomplete
    } else if hexadecimal(&line.checksum) == migration.checksum {
        MigrationState::Applied
    } else {
        MigrationState::Changed
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Returns the status of a migration that was just applied.
pub(super) fn done(migration: &Migration) -> MigrationStatus {
    MigrationStatus {
        version: migration.version,
        description: migration.description.to_owned(),
        state: MigrationState::Applied,
    }
}

/// Returns the statements of migrations, behind others.
pub(super) fn statements<'m>(
    first: impl IntoIterator<Item = &'m str>,
    migrations: impl IntoIterator<Item = &'m Migration>,
) -> Vec<String> {
    let migrations = migrations.into_iter();
    let texts = migrations.map(|migration| migration.sql.trim_end());
    first.into_iter().chain(texts).map(str::to_owned).collect()
}

pub(super) fn script(migrations: &[Migration]) -> String {
    let mut script = String::new();
    for migration in migrations {
        let _ = write!(
            script,
            "-- {:04} {}\n{};\n\n",
            migration.version,
            migration.description,
            migration.sql.trim_end()
        );
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATIONS: &[Migration] = &[
        Migration {
            version: 1,
            description: "one",
            sql: "CREATE TABLE IF NOT EXISTS one (id INT)",
            checksum: "0a01",
        },
        Migration {
            version: 2,
            description: "two",
            sql: "CREATE TABLE IF NOT EXISTS two (id INT)",
            checksum: "0a02",
        },
    ];

    fn line(version: i64, success: bool, checksum: &[u8]) -> Applied {
        Applied::from((version, "x".to_owned(), success, checksum.to_vec()))
    }

    fn versions(applied: &[Applied]) -> Vec<i64> {
        let due = due(MIGRATIONS, applied).expect("none has changed");
        due.iter().map(|migration| migration.version).collect()
    }

    #[test]
    fn what_is_missing_or_broke_off_is_run_in_order() {
        assert_eq!(versions(&[]), [1, 2]);
        assert_eq!(versions(&[line(1, true, &[0x0a, 1])]), [2]);
        let broken = line(1, false, b"any");
        assert_eq!(versions(&[broken, line(2, true, &[0x0a, 2])]), [1]);
        let both = [line(1, true, &[0x0a, 1]), line(2, true, &[0x0a, 2])];
        assert_eq!(versions(&both), [0_i64; 0]);
        assert_eq!(versions(&[line(3, false, b"later")]), [1, 2]);
    }

    #[test]
    fn one_that_has_changed_stops_all() {
        let error = due(MIGRATIONS, &[line(2, true, &[0x0a, 3])]).expect_err("changed");
        assert!(
            matches!(error, Kind::Changed(step) if step.version == 2),
            "{error:?}"
        );
    }

    #[test]
    fn what_is_written_down_replaces_what_broke_off() {
        let elapsed = Duration::from_micros(7);
        assert_eq!(
            write_down(&MIGRATIONS[1], elapsed),
            [
                "DELETE FROM _behavior_trace_migrations WHERE success = FALSE AND version = 2",
                "INSERT INTO _behavior_trace_migrations (version, description, success, checksum, execution_time) \
                 VALUES (2, 'two', TRUE, X'0a02', 7000)",
            ]
        );
    }
}
