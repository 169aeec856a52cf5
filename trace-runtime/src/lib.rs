//! The writer of BehaviorTrace: queue, batches, spool, stores and queries.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod deadline;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod erase;
mod export;
mod fallback;
mod grants;
mod health;
mod migrate;
mod policy;
mod query;
mod queue;
mod reader;
mod recorder;
mod rehearsal;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod retention;
mod shared;
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "without files nothing is spooled")
)]
mod spool;
mod spool_manager;
mod stats;
#[cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(
        dead_code,
        unused_imports,
        reason = "a store in memory meets no error and speaks no SQL"
    )
)]
mod store;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod transaction;
mod writer;

pub use config::{Config, ConfigError, Disabled, Durability, Overflow};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use erase::{EraseError, Erasure, ErasureReport};
pub use export::{Export, ExportError, ExportFormat, Exported};
pub use fallback::Fallback;
pub use grants::{Role, grants};
pub use health::{Fault, FaultKind, Health, Status};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use migrate::ExtraIndex;
pub use migrate::{MigrateError, MigrationState, MigrationStatus, Migrations};
pub use policy::{DefaultPolicy, InvalidPattern, PolicyError, PolicySource};
pub use query::{ActivityStream, Cursor, Page, Query, QueryError, StoredActivity};
pub use reader::Reader;
pub use recorder::{Handle, Recorder};
pub use rehearsal::NotStored;
#[cfg(feature = "mysql")]
pub use retention::Partitions;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use retention::{Retention, RetentionError, RetentionReport};
#[cfg(feature = "sqlite")]
pub use spool::{DeadLetter, DeadLetterError, dead_letters};
pub use stats::{Dropped, Loss, Report, Stats};
pub use store::{DatabaseUrl, DatabaseUrlError, Dialect};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use transaction::{
    StoresActivity, Transaction, record_in_transaction, store_activity, transaction,
};
