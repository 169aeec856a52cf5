//! Actors as pages and addresses name them.

use behavior_trace_core::Actor;

use crate::request::Route;

/// Returns the actor of a kind and an id.
pub(crate) fn actor_of(kind: &str, id: Option<String>) -> Actor {
    let kind = kind.to_ascii_uppercase();
    match id {
        Some(id) => Actor::new(kind, id),
        None => Actor::without_id(kind),
    }
}

/// Returns the page of an actor.
pub(crate) fn route_of(kind: &str, id: Option<&str>) -> Route {
    Route::Actor {
        kind: kind.to_ascii_lowercase(),
        id: id.map(str::to_owned),
    }
}

/// Returns a kind for people: `api client`.
pub(crate) fn kind_for_people(kind: &str) -> String {
    kind.to_ascii_lowercase().replace('_', " ")
}

/// Returns kind and id of an impersonator, which is stored as `ADMIN:1`.
pub(crate) fn parts_of(word: &str) -> (&str, Option<&str>) {
    match word.split_once(':') {
        Some((kind, id)) => (kind, Some(id)),
        None => (word, None),
    }
}
