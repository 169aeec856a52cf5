//! Stores of BehaviorTrace: delivery, queries, export, retention, erasure, migrations and the spool.
//!
//! Users depend on the facade, `behavior-trace`; its feature `store` is this package without the queue and the writer.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod checksum;
#[doc(hidden)]
pub mod delivery;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod erasure;
mod export;
mod follow;
mod grants;
mod hidden;
#[cfg(feature = "import")]
mod import;
#[cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(dead_code, reason = "a store in memory meets no error")
)]
mod inspection;
mod migrate;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod pace;
mod page_size;
mod preflight;
mod query;
mod reader;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod retention;
mod scrub;
#[doc(hidden)]
pub mod spool;
#[cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(
        dead_code,
        unused_imports,
        reason = "a store in memory meets no error and speaks no SQL"
    )
)]
mod store;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub mod transaction;
pub mod wire;

/// Default maximum size of a spool in bytes: 1 GiB.
#[doc(hidden)]
pub const DEFAULT_SPOOL_BYTES: u64 = 1 << 30;

#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use erasure::{Erasure, ErasureError, ErasureReport};
pub use export::{Export, ExportError, ExportFormat, ExportProgress};
#[doc(hidden)]
pub use follow::CatchUp;
pub use follow::{Follow, FollowPosition};
pub use grants::{Role, grants};
pub use hidden::{HiddenFields, HiddenFieldsError};
#[cfg(feature = "import")]
pub use import::{
    Generation, Import, ImportError, ImportNote, ImportPosition, ImportReason, ImportReport, Names,
};
pub use inspection::{Check, Finding, FindingLevel, Inspection};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use migrate::ExtraIndex;
pub use migrate::{
    MigrationError, MigrationPreview, MigrationState, MigrationStatus, MigrationStep, Migrations,
    Takeover,
};
pub use preflight::PreflightError;
#[doc(hidden)]
pub use preflight::{not_begun, preflight, preflight_of, switched_off};
pub use query::{
    ActivityStream, CountBy, Cursor, GroupCount, GroupCounts, Page, Query, QueryError,
    StoredActivity,
};
pub use reader::Reader;
#[cfg(feature = "mysql")]
pub use retention::{LayoutPreview, PartitionStatus, Partitions};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use retention::{Retention, RetentionError, RetentionPreview, RetentionReport};
#[cfg(feature = "sqlite")]
pub use spool::{
    DeadLetter, DeadLetterId, DeadLetters, DrainReport, SpoolInfo, Spools, SpoolsError,
    dead_letters,
};
pub use store::{DatabaseUrl, DatabaseUrlError, Dialect};
