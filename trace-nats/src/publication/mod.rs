//! The table, followed into a stream that others read.

mod begin;
mod run;
mod sender;

use std::time::Duration;

use behavior_trace_store::{HiddenFields, Reader};

use crate::JetStream;

/// Publication of the table to a stream: each row as one message, in the [wire form](behavior_trace_store::wire).
///
/// It begins with the oldest row, or where the last publication to the stream ended, and reads the rows in the order of storing.
/// A message has the event id as `Nats-Msg-Id`. Its rows are published at least once: what was sent before a kill is sent again,
/// and the stream keeps it once within its window of ids. Readers that need each row once compare the ids.
///
/// Rows go to `<prefix>.rows`, and the place that was reached to `<prefix>.place`. The stream must have both subjects, and must
/// be another one than that of a [`Relay`](crate::Relay). One run publishes to a stream at a time; a second one fails.
#[derive(Debug)]
#[must_use = "a publication does nothing until it is run"]
pub struct StreamPublication {
    reader: Reader,
    stream: JetStream,
    hidden: HiddenFields,
    settle_delay: Duration,
    poll_interval: Duration,
    once: bool,
}

/// Result of a publication to a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamPublicationReport {
    /// Rows that the stream has acknowledged.
    pub rows: u64,
    /// Ids that were given up for lack of memory. Their rows are missing if they appeared later.
    pub gaps_given_up: u64,
    /// Ids whose rows retention took before they were read.
    pub passed_over: u64,
}

impl StreamPublication {
    /// Creates a publication. It connects to nothing yet.
    pub fn new(reader: Reader, stream: JetStream) -> Self {
        Self {
            reader,
            stream,
            hidden: HiddenFields::default(),
            settle_delay: Duration::from_secs(10),
            poll_interval: Duration::from_secs(1),
            once: false,
        }
    }

    /// Sets the columns and payload fields that the messages do not have. Default: none. A stream whose messages hide a field
    /// is refused without it.
    pub fn hide(mut self, hidden: HiddenFields) -> Self {
        self.hidden = hidden;
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
