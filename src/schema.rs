//! The table: its migrations, further indexes, and the rights that each role needs on it.

#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use behavior_trace_store::ExtraIndex;
pub use behavior_trace_store::{
    MigrationError, MigrationState, MigrationStatus, Migrations, Role, grants,
};
