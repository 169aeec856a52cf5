//! Flushes and shutdowns, asked of the writer by other threads.

use tokio::time::Instant;

use super::ReplySender;

/// What somebody waits for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) wish: RequestKind,
    /// When an answer is due, whatever it is.
    pub(crate) deadline: Instant,
    pub(crate) answer: ReplySender,
    /// The events that came before this are meant.
    pub(crate) before: u64,
}

/// What other threads have asked for.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) open: Vec<Request>,
    /// The writer is gone: nobody answers any more.
    pub(crate) ended: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Flush,
    Shutdown,
}
