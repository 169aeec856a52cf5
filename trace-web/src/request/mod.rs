//! The parts of a request: its route, its filter, and where its links start.

mod colon;
mod field;
mod filter;
mod links;
mod period;
mod route;
mod segment;

pub(crate) use field::FilterField;
pub(crate) use filter::{BadFilter, PageFilter};
pub(crate) use links::{Links, with_query};
pub(crate) use period::Period;
pub(crate) use route::{ExportRoute, Route};

use axum::extract::OriginalUri;
use behavior_trace_core::Timestamp;
use http::request::Parts;

/// What a request asks for.
#[derive(Clone, Debug)]
pub(crate) struct TimelineRequest {
    pub(crate) route: Option<Route>,
    pub(crate) filter: PageFilter,
    /// The cursor of the page, as it came.
    pub(crate) after: Option<String>,
    pub(crate) now: Timestamp,
    /// The time to which the periods of the filter refer: that of the first page, for each further one.
    pub(crate) as_of: Timestamp,
    /// The time in the address of an event.
    pub(crate) at: Option<Timestamp>,
    pub(crate) links: Links,
}

impl TimelineRequest {
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let original = parts.extensions.get::<OriginalUri>();
        let original = original.map_or(path, |original| original.path());
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.into_owned().collect();
        let last = |name: &str| {
            let pair = pairs.iter().rev().find(|(key, _)| key == name);
            pair.map(|(_, value)| value.as_str())
        };
        let moment = |name| last(name)?.parse().ok().map(Timestamp::from_micros);
        let now = Timestamp::now();
        Self {
            route: Route::of(path),
            filter: PageFilter::of(&pairs),
            after: last("after").map(str::to_owned),
            now,
            as_of: moment("now").unwrap_or(now),
            at: moment("at"),
            links: Links::of(path, original, last("dense") == Some("1")),
        }
    }
}
