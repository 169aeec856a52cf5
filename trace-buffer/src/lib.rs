//! Buffers in mapped files, which outlive the process that filled them.
//!
//! A thread appends frames through its [`Appender`], by plain stores into a shared mapping. The kernel owns the pages, so they
//! survive `SIGKILL`, the OOM killer, `abort` and a panic that aborts. The writer of the process takes the frames through the
//! [`Collector`] of the same file, and settles frames once they are stored. A later process
//! [adopts](BufferFiles::adopt) the file and finds the unsettled frames.
//!
//! The id of a frame follows from the file's key and the frame's place. So a frame has the same id whoever reads it: the process
//! that appended it, the next one, or one on the machine to which the volume was moved.
//!
//! Nothing here calls `fsync`. After a failure of the machine the disk may have an older state of each page, and a frame with a
//! wrong checksum ends what a file holds. A frame that was settled may come back, under the id under which it was stored.
//!
//! # Unsafe code
//!
//! All of it is about `memory`, `fork` and `held`. `memory` reads and writes bytes of the mapping. Two halves share it, and the word
//! `COMMITTED` divides it: the appender alone writes bytes behind the word, and the collector alone reads and writes
//! bytes before it. The appender publishes a frame by storing the word with `Release`; the collector loads it with `Acquire`.
//!
//! There is one pair of halves for a file: `create` makes the file, and `adopt` refuses one that this process has mapped, which
//! `held` remembers. So two safe calls never give two halves of a kind.
//!
//! The types cannot rule out another program that changes a file while it is mapped. The files are for their owner
//! alone (mode 0600, in a directory that a process has locked). A changed byte is a wrong checksum. A file that somebody
//! truncates, or a disk that cannot read a page, ends the process with `SIGBUS`, as with every mapped file.

#[cfg(target_os = "linux")]
mod adopt;
#[cfg(target_os = "linux")]
mod appender;
#[cfg(target_os = "linux")]
mod collector;
mod error;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod fork;
#[cfg(target_os = "linux")]
mod held;
#[cfg(all(target_os = "linux", test))]
mod journal;
#[cfg(target_os = "linux")]
mod key;
#[cfg(target_os = "linux")]
mod layout;
#[cfg(target_os = "linux")]
mod look;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod rename;
#[cfg(not(target_os = "linux"))]
mod without;

#[cfg(all(target_os = "linux", test))]
#[path = "../tests/unit/kills.rs"]
mod kills;

#[cfg(target_os = "linux")]
pub use appender::Appender;
#[cfg(target_os = "linux")]
pub use collector::{Collector, Fields, Frame};
pub use error::{AdoptError, NotAppended};
#[cfg(target_os = "linux")]
pub use files::BufferFiles;
#[cfg(target_os = "linux")]
pub use look::BufferLook;
#[cfg(not(target_os = "linux"))]
pub use without::{Appender, BufferFiles, BufferLook, Collector, Fields, Frame};

/// Maximum length of a policy's name in a file, in bytes. A longer name is cut.
pub const POLICY_NAME: usize = 120;
