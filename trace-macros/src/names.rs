//! The names of the arguments.

/// What the attribute takes.
pub(crate) const ATTRIBUTE: &[&str] = &[
    "action",
    "resource",
    "resource_id",
    "payload",
    "actor",
    "reason",
    "count",
    "ids",
    "unit",
    "on",
    "when",
    "bind",
    "unchanged",
    "mutation",
    "crate",
];

/// What `record!` takes.
pub(crate) const RECORD: &[&str] = &[
    "action",
    "resource",
    "resource_id",
    "payload",
    "diff",
    "actor",
    "reason",
    "count",
    "ids",
    "unit",
    "mutation",
    "crate",
];

/// What `on` can be, beside a closure.
pub(crate) const ON: &[&str] = &["ok", "some", "none", "true", "false", "always"];

/// What `#[instrument]` takes.
pub(crate) const INSTRUMENT: &[&str] = &[
    "err",
    "fields",
    "follows_from",
    "level",
    "parent",
    "ret",
    "skip",
    "skip_all",
    "target",
];

/// What an argument is called elsewhere.
pub(crate) fn called(name: &str) -> Option<&'static str> {
    match name {
        "entity_id" | "id" | "key" | "object_id" | "subject_id" => Some("resource_id"),
        "entity" | "kind" | "object" | "subject" => Some("resource"),
        "data" | "details" | "metadata" => Some("payload"),
        "user" | "who" => Some("actor"),
        "event" | "name" => Some("action"),
        _ => None,
    }
}
