//! The schema: migrations, extra indexes, and the grants of each role.

#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use behavior_trace_store::ExtraIndex;
pub use behavior_trace_store::{
    MigrationError, MigrationPreview, MigrationState, MigrationStatus, MigrationStep, Migrations,
    Role, Takeover, grants,
};
