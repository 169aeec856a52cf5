//! Errors of a program that reads or changes spools without being their owner.

use std::path::PathBuf;
use std::{fmt, io};

use super::error::{SpoolError, SpoolErrorKind};
use crate::store::StoreError;

/// A call on spools or dead letters that failed. Its earlier changes are kept; call again when the cause is gone.
pub struct SpoolsError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// A directory or a lock file cannot be read.
    Path { path: PathBuf, error: io::Error },
    /// The directory has no such slot.
    NoSlot { directory: PathBuf, slot: usize },
    /// A running process owns the slot.
    Locked { slot: usize },
    /// A spool file cannot be read or changed.
    File { path: PathBuf, error: SpoolError },
    /// The slot has no such letter.
    NoLetter(String),
    /// The letter holds no readable row.
    Unreadable(String),
    /// The event of the letter is stored already, without its payload.
    WithoutPayload(String),
    /// The text is no id.
    NotAnId(String),
    /// The rows would go into this process's memory.
    Memory,
    /// The database failed, or refuses every row.
    Store { slot: usize, error: StoreError },
}

impl SpoolsError {
    /// Returns whether another process holds the spool: the running owner of the slot, or a program that has the file open.
    pub const fn is_locked(&self) -> bool {
        match &self.0 {
            Kind::Locked { .. } => true,
            Kind::File { error, .. } => matches!(error.kind(), SpoolErrorKind::Busy),
            _ => false,
        }
    }

    /// Returns whether the same call may soon succeed, without anyone's action. A slot whose owner runs is locked for as long
    /// as that process lives; see [`is_locked`](Self::is_locked).
    pub const fn is_transient(&self) -> bool {
        match &self.0 {
            Kind::File { error, .. } => matches!(error.kind(), SpoolErrorKind::Busy),
            Kind::Store { error, .. } => error.class().is_transient(),
            _ => false,
        }
    }

    /// Returns whether the database failed, or refuses every row. The drain of another slot would meet the same.
    pub const fn is_of_database(&self) -> bool {
        matches!(self.0, Kind::Store { .. })
    }

    /// Returns whether there is no such slot or letter: it was removed, requeued, or taken over by another process.
    pub const fn is_missing(&self) -> bool {
        matches!(self.0, Kind::NoSlot { .. } | Kind::NoLetter(_))
    }
}

impl fmt::Display for SpoolsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Path { path, error } => write!(
                f,
                "{} cannot be used as part of a spool directory: {error}",
                path.display()
            ),
            Kind::NoSlot { directory, slot } => write!(
                f,
                "{} has no slot {slot}; list the slots of the directory",
                directory.display()
            ),
            Kind::Locked { slot } => write!(
                f,
                "the spool in slot {slot} belongs to a running process, which counts its rows; stop that process or wait until \
                 it ends, and try again"
            ),
            Kind::File { path, error } => {
                f.write_str(&error.of(&path.display().to_string()))?;
                f.write_str(remedy(error.kind()))
            }
            Kind::NoLetter(id) => write!(
                f,
                "no such letter: {id}; it was removed, requeued or taken over by another process, so list the letters again"
            ),
            Kind::Unreadable(id) => write!(
                f,
                "the letter {id} holds no readable row, so no database can store it; remove it, or store it by hand"
            ),
            Kind::WithoutPayload(id) => write!(
                f,
                "the event of the letter {id} is stored without its payload, and would not be stored again under its id; copy \
                 the payload by hand, and remove the letter"
            ),
            Kind::NotAnId(text) => write!(
                f,
                "`{text}` is no id of a dead letter; pass a slot and a number, such as `0/17`"
            ),
            Kind::Memory => f.write_str(
                "the store in memory would lose the rows when this process ends; pass the URL of a database",
            ),
            Kind::Store { slot, error } => write!(
                f,
                "the drain of slot {slot} stopped, because the database failed: {error}; the rows that it did not store are \
                 still in the spool, so drain it again when the cause is gone"
            ),
        }
    }
}

const fn remedy(kind: SpoolErrorKind) -> &'static str {
    match kind {
        SpoolErrorKind::Full => "; make room on its volume, and try again",
        SpoolErrorKind::Busy => "; another process holds the file, so try again when it is done",
        SpoolErrorKind::Damaged => {
            "; it is damaged and left as it is, and a recorder started on this directory reads back its rows"
        }
        SpoolErrorKind::Newer => "; use that release",
        SpoolErrorKind::Unusable => "",
    }
}

behavior_trace_core::debug_is_display!(SpoolsError);

impl std::error::Error for SpoolsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Path { error, .. } => Some(error),
            Kind::File { error, .. } => Some(error),
            Kind::Store { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<Kind> for SpoolsError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}
