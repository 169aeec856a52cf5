//! A look at the first requests of the process: whether the framework states the peer and the route at all.

mod remedy;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use tracing_core::dispatcher::get_default;
use tracing_core::subscriber::NoSubscriber;

pub use remedy::ContextSource;

/// Number of requests after which a peer and a route should have been seen.
const ENOUGH: u32 = 100;

static FIRST_REQUESTS: FirstRequests = FirstRequests::new();

/// The first requests so far.
#[derive(Debug)]
struct FirstRequests {
    count: AtomicU32,
    peer: AtomicBool,
    route: AtomicBool,
    done: AtomicBool,
}

/// A value that none of the first requests had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Peer,
    Route,
    Both,
}

impl FirstRequests {
    const fn new() -> Self {
        Self {
            count: AtomicU32::new(0),
            peer: AtomicBool::new(false),
            route: AtomicBool::new(false),
            done: AtomicBool::new(false),
        }
    }

    /// Counts a request. Returns what is missing, once, after enough of them.
    fn count(&self, is_heard: impl Fn() -> bool) -> Option<Missing> {
        let count = self.count.fetch_add(1, Relaxed).saturating_add(1);
        if count < ENOUGH || !is_heard() || self.done.swap(true, Relaxed) {
            return None;
        }
        match (self.peer.load(Relaxed), self.route.load(Relaxed)) {
            (true, true) => None,
            (false, true) => Some(Missing::Peer),
            (true, false) => Some(Missing::Route),
            (false, false) => Some(Missing::Both),
        }
    }
}

/// Counts a request, and notes whether its peer and its route were known.
pub(crate) fn request(source: ContextSource, peer: bool, route: bool) {
    if FIRST_REQUESTS.done.load(Relaxed) {
        return;
    }
    if peer {
        FIRST_REQUESTS.peer.store(true, Relaxed);
    }
    if route {
        self::route();
    }
    // Without a subscriber the warning would reach no reader.
    let is_heard = || get_default(|current| !current.is::<NoSubscriber>());
    if let Some(missing) = FIRST_REQUESTS.count(is_heard) {
        let (what, remedy) = (missing.text(), missing.remedy(source));
        tracing::warn!(target: "behavior_trace::install", "{what}: {remedy}");
    }
}

/// Notes a route that became known inside of a counted request.
pub(crate) fn route() {
    FIRST_REQUESTS.route.store(true, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(peer: bool, route: bool) -> Vec<Missing> {
        let first = FirstRequests::new();
        first.peer.store(peer, Relaxed);
        first.route.store(route, Relaxed);
        (0..3 * ENOUGH)
            .filter_map(|_| first.count(|| true))
            .collect()
    }

    #[test]
    fn what_no_request_had_is_said_once_after_the_first_hundred() {
        assert_eq!(missing(true, true), []);
        assert_eq!(missing(false, true), [Missing::Peer]);
        assert_eq!(missing(true, false), [Missing::Route]);
        assert_eq!(missing(false, false), [Missing::Both]);
    }

    #[test]
    fn nothing_is_said_too_early_or_while_nobody_hears() {
        let first = FirstRequests::new();
        assert!((1..ENOUGH).all(|_| first.count(|| true).is_none()));
        assert_eq!(first.count(|| false), None);
        assert_eq!(first.count(|| true), Some(Missing::Both));
    }
}
