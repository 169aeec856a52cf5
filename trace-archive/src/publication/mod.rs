//! The run that follows the table into an archive.

mod pace;
mod run;

use std::time::Duration;

use behavior_trace_store::{HiddenFields, Reader};

use crate::Archive;

/// Publication of the table to an [`Archive`]: each row once, as files by day.
///
/// It begins with the oldest row, or where the last manifest of the archive ends. It reads the rows in the order of storing,
/// by a [`Follow`](behavior_trace_store::Follow). A row that is stored late, out of a spool for instance, is in a later file of
/// its day.
///
/// Files are sealed at an interval, and earlier when 64 MiB of them wait in memory, or 64 days. Before a seal, the run waits for
/// rows with lower ids whose transactions are open, at most for the settle delay, so that most files have all the rows between
/// their first id and their last.
///
/// One run publishes to an archive at a time. A second one fails at its first seal, or makes the first one fail; rows are in
/// the manifests once all the same.
#[derive(Debug)]
#[must_use = "a publication does nothing until it is run"]
pub struct Publication {
    reader: Reader,
    archive: Archive,
    hidden: HiddenFields,
    every: Duration,
    settle_delay: Duration,
    poll_interval: Duration,
    once: bool,
}

/// Result of a publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicationReport {
    /// Rows in the files of this run.
    pub rows: u64,
    /// Files of this run.
    pub files: u64,
    /// Seals of this run.
    pub seals: u64,
    /// Ids that were given up for lack of memory. Their rows are missing if they appeared later.
    pub gaps_given_up: u64,
    /// Ids whose rows retention took before they were read.
    pub passed_over: u64,
    /// Files of killed runs in the archive that no manifest names.
    pub orphans: Vec<String>,
}

impl Publication {
    /// Default of [`every`](Self::every): 1 hour.
    pub const DEFAULT_EVERY: Duration = Duration::from_hours(1);
    /// Default of [`settle_delay`](Self::settle_delay): 10 s.
    pub const DEFAULT_SETTLE_DELAY: Duration = Duration::from_secs(10);

    /// Creates a publication. It reads nothing yet.
    pub fn new(reader: Reader, archive: Archive) -> Self {
        Self {
            reader,
            archive,
            hidden: HiddenFields::default(),
            every: Self::DEFAULT_EVERY,
            settle_delay: Self::DEFAULT_SETTLE_DELAY,
            poll_interval: Duration::from_secs(1),
            once: false,
        }
    }

    /// Sets the columns and payload fields that the files do not have. Default: none. An archive whose files hide a field is
    /// refused without it.
    pub fn hide(mut self, hidden: HiddenFields) -> Self {
        self.hidden = hidden;
        self
    }

    /// Sets the time from the first row of a seal to its files. Default: 1 hour.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// Sets the time after which an id without a row is taken to be unused; see
    /// [`Follow::settle_delay`](behavior_trace_store::Follow::settle_delay). Default: 10 s.
    pub fn settle_delay(mut self, delay: Duration) -> Self {
        self.settle_delay = delay;
        self
    }

    /// Sets the pause between two looks at the table. Default: 1 s.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Ends after the rows that are there at the beginning. Default: it goes on until it is stopped.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}
