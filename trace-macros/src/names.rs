//! The names of the arguments.

/// Arguments of the attribute.
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
    "exempt",
    "crate",
];

/// Arguments of `record!`.
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

/// Values of `on`, besides a closure.
pub(crate) const ON: &[&str] = &["ok", "some", "none", "true", "false", "always"];

/// Arguments of `#[instrument]`.
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

/// Returns the argument for a name that other libraries use.
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
