//! A look at the first requests of the process: whether the framework tells the peer and the route at all.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use tracing_core::dispatcher::get_default;
use tracing_core::subscriber::NoSubscriber;

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

impl FirstRequests {
    const fn new() -> Self {
        Self {
            count: AtomicU32::new(0),
            peer: AtomicBool::new(false),
            route: AtomicBool::new(false),
            done: AtomicBool::new(false),
        }
    }

    /// Counts a request. Returns what is to be said, once, after enough of them.
    fn count(&self, is_heard: impl Fn() -> bool) -> Option<&'static str> {
        let count = self.count.fetch_add(1, Relaxed).saturating_add(1);
        if count < ENOUGH || !is_heard() || self.done.swap(true, Relaxed) {
            return None;
        }
        match (self.peer.load(Relaxed), self.route.load(Relaxed)) {
            (true, true) => None,
            (false, true) => Some(NO_PEER),
            (true, false) => Some(NO_ROUTE),
            (false, false) => Some(NEITHER),
        }
    }
}

const NO_PEER: &str = "no request has had a peer so far, so no row has an address: with axum, serve by \
    `into_make_service_with_connect_info::<SocketAddr>()`; elsewhere, insert `PeerAddr` into the request's extensions";
const NO_ROUTE: &str = "no request has had a route so far, so no row has a route: with axum, add `ContextLayer` by \
    `Router::layer` or `route_layer`; elsewhere, name the template by `ContextLayer::route`";
const NEITHER: &str = "no request has had a peer or a route so far, so no row has an address or a route: check that the \
    feature `axum` or `tonic` is on and that axum is 0.8, tonic 0.14; elsewhere, give both to the middleware";

/// Counts a request, and notes whether its peer and its route were known.
pub(crate) fn request(peer: bool, route: bool) {
    if FIRST_REQUESTS.done.load(Relaxed) {
        return;
    }
    if peer {
        FIRST_REQUESTS.peer.store(true, Relaxed);
    }
    if route {
        self::route();
    }
    // Without a subscriber nobody would read the warning.
    let is_heard = || get_default(|current| !current.is::<NoSubscriber>());
    if let Some(said) = FIRST_REQUESTS.count(is_heard) {
        tracing::warn!(target: "behavior_trace::install", "{said}");
    }
}

/// Notes a route that became known inside of a counted request.
pub(crate) fn route() {
    FIRST_REQUESTS.route.store(true, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(peer: bool, route: bool) -> Vec<&'static str> {
        let first = FirstRequests::new();
        first.peer.store(peer, Relaxed);
        first.route.store(route, Relaxed);
        (0..3 * ENOUGH)
            .filter_map(|_| first.count(|| true))
            .collect()
    }

    #[test]
    fn what_no_request_had_is_said_once_after_the_first_hundred() {
        assert_eq!(said(true, true), [""; 0]);
        assert_eq!(said(false, true), [NO_PEER]);
        assert_eq!(said(true, false), [NO_ROUTE]);
        assert_eq!(said(false, false), [NEITHER]);
    }

    #[test]
    fn nothing_is_said_too_early_or_while_nobody_hears() {
        let first = FirstRequests::new();
        assert!((1..ENOUGH).all(|_| first.count(|| true).is_none()));
        assert_eq!(first.count(|| false), None);
        assert_eq!(first.count(|| true), Some(NEITHER));
    }
}
