//! Spools and dead letters of a directory, from any program: no recorder is needed, but a tokio runtime and the rights of the
//! user who owns the directory.
//!
//! [`Spools`] lists the slots of a spool directory, and drains one whose process is gone into a database. [`DeadLetters`]
//! lists the rows that no database took, puts them back into their spool, or removes them. [`Buffers`] lists the events that
//! killed recorders have left in mapped buffers, and moves them to the spool; a recorder that starts there does so by itself.
//!
//! ```
//! use behavior_trace::spool::{DeadLetters, Spools};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let (spool_dir, url) = (directory.path(), "sqlite:activity.db".parse()?);
//! // let (spool_dir, url) = ("/var/lib/shop/activity", "mysql://recorder:secret@db.internal/shop".parse()?);
//! let letters = DeadLetters::new(spool_dir);
//! for letter in letters.list().await? {
//!     println!("{} {}: {:?}", letter.id, letter.reason, letter.activity);
//!     letters.requeue(letter.id).await?;
//! }
//! let spools = Spools::new(spool_dir);
//! for spool in spools.list().await?.iter().filter(|spool| !spool.owner_alive) {
//!     let report = spools.drain(spool.slot, &url, |_| ()).await?;
//!     println!("slot {}: {} stored, {} left", spool.slot, report.stored, report.left);
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{BufferInfo, Buffers, MovedEvents};
pub use behavior_trace_store::{
    DeadLetter, DeadLetterId, DeadLetters, DrainReport, SpoolInfo, Spools, SpoolsError,
    dead_letters,
};
