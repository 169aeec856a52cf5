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
