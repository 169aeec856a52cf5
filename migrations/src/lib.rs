//! The SQL migrations of BehaviorTrace, one folder per dialect.
//!
//! Each migration is one idempotent statement, so an interrupted run can be repeated. A released migration keeps its effect
//! for good; a new migration follows it. Its text may later spell out a setting that a server would otherwise choose. It
//! then keeps its checksum: databases that applied it continue, and earlier releases recognise it. The runner is in
//! `behavior-trace-store`. A database administrator can also apply the files by hand, in order.
#![cfg_attr(docsrs, feature(doc_cfg))]

/// One migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Position in the order, from 1.
    pub version: i64,
    /// Description of the object that the migration creates, taken from the file name.
    pub description: &'static str,
    /// A single statement without a closing semicolon.
    pub sql: &'static str,
    /// SHA-384 of the text as first released, in lower-case hexadecimal, as the table of applied migrations holds it.
    pub checksum: &'static str,
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
macro_rules! migrations {
    ($folder:literal: $($version:literal $number:literal $description:literal $checksum:literal)*) => {
        &[$(Migration {
            version: $version,
            description: $description,
            sql: include_str!(concat!("../", $folder, "/", $number, "_", $description, ".sql")),
            checksum: $checksum,
        }),*]
    };
}

/// Migrations for MySQL and MariaDB.
#[cfg(feature = "mysql")]
pub const MYSQL: &[Migration] = migrations!("mysql":
    1 "0001" "operational_activity"
        "0da468260e93bcb4904578c6af69ae5f8fee3f03d3cb6d4871a07ba1b583c54645988a453d9a085d7e48d2f6b29de799"
    2 "0002" "operational_activity_archive"
        "eee937943fad2024913cf86db60983b076fd8facae8aeb5cda3f556873d9b2280a96a925f3de3b7979bb4ee089c822ea"
);

/// Migrations for SQLite.
#[cfg(feature = "sqlite")]
pub const SQLITE: &[Migration] = migrations!("sqlite":
    1 "0001" "operational_activity"
        "a10fb50f9f4e53d23ddaadae2e17545736a8fb33723913b5e1f68c7185ada681bd4383b8fa223a352c37d953babf9ed0"
    2 "0002" "operational_activity_event"
        "536599f3aeb64d6d82b9c256531d6a2ebfb6de6c6ea495fb21dc60178496b328906137aa31f935fa53f037681f4f608a"
    3 "0003" "operational_activity_cursor"
        "deed9bbb267b99f2fe725ea84dfaeb818e30caa42e8ec090caa3a979ad07c696b701440887d8408e1a0f845d214a671f"
    4 "0004" "operational_activity_correlation"
        "4e8c6d0d5a9eed6fa6a4dbe69afd459729cc6f860b5b6e7b93ba612846767cf1127dbc9cc0668a6a485a09d54bb80959"
    5 "0005" "operational_activity_history"
        "7318bdbcf337885204be92b15b2bb0d3e04cfdfa919d72be6e937b7c865b898db609b4b12c371d475c7f78ac410cd786"
    6 "0006" "operational_activity_archive"
        "97fcf0b2ef686221f5c9953104f0ddfd48d4ee9e32059b3d86a31999ba61339ada2cdc725cc6d0e07c75d53ef4c73093"
    7 "0007" "operational_activity_archive_cursor"
        "63561d00a3de87d92d107e1cc3db6a3a80aa8e78495e736834e75fd6abb6c219e68106310ad3127094adc4107c1fced4"
    8 "0008" "operational_activity_archive_correlation"
        "b2636dba56c96f39ef8324fcacd7a6917638a5ffa5bec91642d3d6f890ebbc98748d39b04599277b6d20acd757f564a2"
    9 "0009" "operational_activity_archive_history"
        "b231084489e497be1b60777412078ac9fe37b3596febba99ce7444d5eee2b6d7a20aece122bdb4b7e5617f11ec0f7b42"
);

#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
mod tests {
    use sha2::{Digest as _, Sha384};

    use super::*;

    #[test]
    fn versions_count_up_from_one_without_a_gap() {
        for migrations in [MYSQL, SQLITE] {
            for (place, migration) in (1..).zip(migrations) {
                assert_eq!(migration.version, place, "{}", migration.description);
            }
        }
    }

    /// Migrations whose text became more explicit after their release.
    const AMENDED: [&str; 2] = [MYSQL[0].sql, MYSQL[1].sql];

    #[test]
    fn a_checksum_is_that_of_the_text_that_was_released() {
        for migration in MYSQL.iter().chain(SQLITE) {
            let amended = AMENDED.contains(&migration.sql);
            let released = if amended {
                migration.sql.replace(" ROW_FORMAT=DYNAMIC", "")
            } else {
                migration.sql.to_owned()
            };
            assert_eq!(amended, released != migration.sql);
            let sum = Sha384::digest(released.as_bytes());
            let bytes: Vec<_> = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(
                bytes.concat(),
                migration.checksum,
                "{}",
                migration.description
            );
        }
    }

    #[test]
    fn a_table_on_a_server_says_all_that_a_server_would_decide() {
        for migration in MYSQL {
            let (_, said) = migration.sql.trim_end().rsplit_once(')').expect("a table");
            assert_eq!(
                said,
                " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC"
            );
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
