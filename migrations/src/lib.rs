//! The SQL migrations of BehaviorTrace, one folder per dialect.
//!
//! Each migration is one idempotent statement, so that a run that broke off can simply be run again. A migration that
//! was released is never edited: a new one follows it. The runner is in `behavior-trace-runtime`; a database
//! administrator may as well apply the files by hand, in order.

/// One migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order, from 1.
    pub version: i64,
    /// What it makes, from the name of its file.
    pub description: &'static str,
    /// One statement, without a closing semicolon.
    pub sql: &'static str,
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
macro_rules! migrations {
    ($folder:literal: $($version:literal $number:literal $description:literal)*) => {
        &[$(Migration {
            version: $version,
            description: $description,
            sql: include_str!(concat!("../", $folder, "/", $number, "_", $description, ".sql")),
        }),*]
    };
}

/// For MySQL and MariaDB.
#[cfg(feature = "mysql")]
pub const MYSQL: &[Migration] = migrations!("mysql":
    1 "0001" "operational_activity"
    2 "0002" "operational_activity_archive"
);

/// For SQLite.
#[cfg(feature = "sqlite")]
pub const SQLITE: &[Migration] = migrations!("sqlite":
    1 "0001" "operational_activity"
    2 "0002" "operational_activity_event"
    3 "0003" "operational_activity_cursor"
    4 "0004" "operational_activity_correlation"
    5 "0005" "operational_activity_history"
    6 "0006" "operational_activity_archive"
    7 "0007" "operational_activity_archive_cursor"
    8 "0008" "operational_activity_archive_correlation"
    9 "0009" "operational_activity_archive_history"
);

#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn versions_count_up_from_one_without_a_gap() {
        for migrations in [MYSQL, SQLITE] {
            for (place, migration) in (1..).zip(migrations) {
                assert_eq!(migration.version, place, "{}", migration.description);
            }
        }
    }

    #[test]
    fn each_migration_is_one_idempotent_statement() {
        for migration in MYSQL.iter().chain(SQLITE) {
            assert!(!migration.sql.contains(';'), "{}", migration.description);
            assert!(
                migration.sql.contains("IF NOT EXISTS"),
                "{}",
                migration.description
            );
        }
    }
}
