//! The spool: rows on disk that the store could not take yet, read oldest first, and the dead letters beside them.
//!
//! Each process has one SQLite file, in a slot of the spool directory (see `slot`). A row is one line of JSON, so that a
//! person can read it: `sqlite3 <spool_dir>/0/spool.db 'SELECT row FROM spool'`. `dead_letters` reads the rows that no store
//! accepts.

#[cfg(feature = "sqlite")]
mod damage;
#[cfg(feature = "sqlite")]
mod damaged_files;
#[cfg(feature = "sqlite")]
mod dead_letter;
mod error;
#[cfg(feature = "sqlite")]
mod file;
#[cfg(feature = "sqlite")]
mod files;
#[cfg(feature = "sqlite")]
mod names;
#[cfg(feature = "sqlite")]
mod record;
#[cfg(feature = "sqlite")]
mod salvage;
#[cfg(feature = "sqlite")]
mod slot;
#[cfg(feature = "sqlite")]
mod spool_file;
mod storage;
#[cfg(all(test, unix, feature = "sqlite"))]
#[path = "../../tests/spool/mod.rs"]
mod tests;
#[cfg(feature = "sqlite")]
mod volume;
#[cfg(not(feature = "sqlite"))]
mod without;

/// Availability of spools in this build.
pub const AVAILABLE: bool = cfg!(feature = "sqlite");

#[cfg(feature = "sqlite")]
pub use dead_letter::{DeadLetter, DeadLetterError, dead_letters};
pub use error::{SpoolError, SpoolErrorKind};
#[cfg(feature = "sqlite")]
pub use files::SpoolFiles as Storage;
#[cfg(feature = "sqlite")]
pub use slot::check;
pub use storage::{
    Beside, Letter, NotOpened, OpenedSpool, SalvageStep, SpoolFile, SpoolPage, SpoolStorage,
    StaleError,
};
#[cfg(feature = "sqlite")]
pub use volume::warning;
#[cfg(not(feature = "sqlite"))]
pub use without::{NoStorage as Storage, check, warning};
