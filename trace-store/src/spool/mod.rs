//! The spool: rows on disk that the store could not take yet, read oldest first, and the dead letters beside them.
//!
//! Each process has one SQLite file, in a slot of the spool directory (see `slot`). A row is one line of JSON, so that a
//! person can read it: `sqlite3 <spool_dir>/0/spool.db 'SELECT row FROM spool'`. `DeadLetters` reads, requeues and removes the
//! rows that no store accepts. `Spools` lists the slots and drains one whose process is gone.

#[cfg(feature = "sqlite")]
mod buffer_slot;
#[cfg(feature = "sqlite")]
mod damage;
#[cfg(feature = "sqlite")]
mod damaged_files;
#[cfg(feature = "sqlite")]
mod dead_letter;
#[cfg(feature = "sqlite")]
mod directory;
#[cfg(feature = "sqlite")]
mod drain;
mod error;
#[cfg(feature = "sqlite")]
mod file;
#[cfg(feature = "sqlite")]
mod files;
#[cfg(feature = "sqlite")]
mod info;
#[cfg(feature = "sqlite")]
mod letter_id;
#[cfg(feature = "sqlite")]
mod letters;
#[cfg(feature = "sqlite")]
mod names;
#[cfg(feature = "sqlite")]
mod process_lock;
#[cfg(feature = "sqlite")]
mod salvage;
#[cfg(feature = "sqlite")]
mod slot;
#[cfg(feature = "sqlite")]
mod spool_file;
#[cfg(feature = "sqlite")]
mod spools;
#[cfg(feature = "sqlite")]
mod spools_error;
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
pub use buffer_slot::{BufferSlot, BufferSlots};
#[cfg(feature = "sqlite")]
pub use dead_letter::DeadLetter;
#[cfg(feature = "sqlite")]
pub use drain::DrainReport;
pub use error::{SpoolError, SpoolErrorKind};
#[cfg(feature = "sqlite")]
pub use files::SpoolFiles as Storage;
#[cfg(feature = "sqlite")]
pub use info::SpoolInfo;
#[cfg(feature = "sqlite")]
pub use letter_id::DeadLetterId;
#[cfg(feature = "sqlite")]
pub use letters::{DeadLetters, dead_letters};
#[cfg(feature = "sqlite")]
pub use slot::check;
#[cfg(feature = "sqlite")]
pub use spools::Spools;
#[cfg(feature = "sqlite")]
pub use spools_error::SpoolsError;
pub use storage::{
    Beside, Letter, NotOpened, OpenedSpool, SalvageStep, SpoolFile, SpoolPage, SpoolStorage,
    StaleError, WITHOUT_PAYLOAD,
};
#[cfg(feature = "sqlite")]
pub use volume::warning;
#[cfg(not(feature = "sqlite"))]
pub use without::{BufferSlot, BufferSlots, NoStorage as Storage, check, warning};
