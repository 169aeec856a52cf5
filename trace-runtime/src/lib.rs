//! The writer of BehaviorTrace: queue, batches, spool, stores and queries.

mod grants;
mod migrate;
mod store;

pub use grants::{Role, grants};
pub use migrate::{MigrateError, MigrationState, MigrationStatus, Migrations};
pub use store::{DatabaseUrl, DatabaseUrlError, Dialect};
