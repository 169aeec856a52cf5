//! Requests of other threads to the writer: flushes and shutdowns.

use tokio::time::Instant;

use super::ReplySender;

/// Request that another thread waits for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) wish: RequestKind,
    /// Time by which the writer replies in any case.
    pub(crate) deadline: Instant,
    pub(crate) answer: ReplySender,
    /// Exclusive limit of the events that the request covers.
    pub(crate) before: u64,
}

/// Open requests of other threads.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) open: Vec<Request>,
    /// The writer has ended and no longer replies.
    pub(crate) ended: bool,
}

/// Kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Flush,
    Shutdown,
}
