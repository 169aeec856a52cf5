//! Our migrations as sqlx runs them, and what was applied beside what there is.

use std::fmt::Write as _;

use behavior_trace_migrations::Migration;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, MigrationType, Migrator};

use super::{MigrationState, MigrationStatus};

pub(super) const APPLIED: &str = "_behavior_trace_migrations";

/// sqlx's own lock is off: on MariaDB it does nothing in silence. Versions that only a later release knows are no
/// error, so that an older process may start beside a newer one.
pub(super) async fn run<C: Migrate>(
    migrations: &'static [Migration],
    connection: &mut C,
) -> Result<(), MigrateError> {
    let mut migrator = Migrator::with_migrations(migrations.iter().map(of_sqlx).collect());
    migrator.dangerous_set_table_name(APPLIED);
    migrator.set_locking(false).set_ignore_missing(true);
    // Not `run`: the futures of its callers would not be `Send`.
    migrator.run_direct(None, connection, false).await
}

fn of_sqlx(migration: &'static Migration) -> sqlx::migrate::Migration {
    let sql = migration.sql.into_sql_str();
    sqlx::migrate::Migration::new(
        migration.version,
        migration.description.into(),
        MigrationType::Simple,
        sql,
        false,
    )
}

/// One line of `_behavior_trace_migrations`.
#[derive(Debug)]
pub(super) struct Applied {
    version: i64,
    description: String,
    success: bool,
    checksum: Vec<u8>,
}

/// Version, description, success and checksum, as they are selected.
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

pub(super) fn status(
    migrations: &'static [Migration],
    applied: &[Applied],
) -> Vec<MigrationStatus> {
    let known = migrations.iter().map(|migration| {
        let line = applied
            .iter()
            .find(|line| line.version == migration.version);
        MigrationStatus {
            version: migration.version,
            description: migration.description.to_owned(),
            state: line.map_or(MigrationState::Pending, |line| state(migration, line)),
        }
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
            state: MigrationState::Later,
        });
    known.chain(later).collect()
}

fn state(migration: &'static Migration, line: &Applied) -> MigrationState {
    if !line.success {
        MigrationState::BrokenOff
    } else if *of_sqlx(migration).checksum == *line.checksum {
        MigrationState::Applied
    } else {
        MigrationState::Changed
    }
}

/// What a run applied: pending before, and now no more.
pub(super) fn pending(before: Vec<MigrationStatus>) -> Vec<MigrationStatus> {
    before
        .into_iter()
        .filter(|migration| migration.state == MigrationState::Pending)
        .map(|migration| MigrationStatus {
            state: MigrationState::Applied,
            ..migration
        })
        .collect()
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
