//! The migration that a run failed in.

use std::fmt;

/// One migration, by its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct MigrationStep {
    /// Position in the order, from 1.
    pub version: i64,
    /// Description of what it creates, such as `operational_activity_archive`.
    pub description: &'static str,
}

impl MigrationStep {
    /// The migration that creates the table, first in every dialect.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(super) const CREATES_TABLE: Self = Self {
        version: 1,
        description: "operational_activity",
    };
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
impl From<&behavior_trace_migrations::Migration> for MigrationStep {
    fn from(migration: &behavior_trace_migrations::Migration) -> Self {
        Self {
            version: migration.version,
            description: migration.description,
        }
    }
}

impl fmt::Display for MigrationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "migration {:04} ({})", self.version, self.description)
    }
}

#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
mod tests {
    use behavior_trace_migrations::{MYSQL, SQLITE};

    use super::*;

    #[test]
    fn the_first_migration_of_every_dialect_creates_the_table() {
        for first in [&MYSQL[0], &SQLITE[0]] {
            assert_eq!(MigrationStep::from(first), MigrationStep::CREATES_TABLE);
            let creates = "CREATE TABLE IF NOT EXISTS operational_activity (";
            assert!(first.sql.starts_with(creates), "{}", first.sql);
        }
        let shown = MigrationStep::CREATES_TABLE.to_string();
        assert_eq!(shown, "migration 0001 (operational_activity)");
    }
}
