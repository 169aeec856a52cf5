//! A function's name as an action: `approve_order` is `order.approve`.

use behavior_trace_domain::{Classification, Domain, classify_action, is_mutating_verb};

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Its verb changes a record.
    Changes(String),
    /// Its verb reads.
    Reads,
    /// It is an action of a domain that is not recorded here.
    Elsewhere,
    /// Nothing is known.
    Open,
}

/// Words in front of the verb.
const PREFIXES: [&str; 12] = [
    "admin", "batch", "bulk", "do", "force", "handle", "hard", "mass", "maybe", "on", "soft", "try",
];

/// Parts of a program: creating one changes no record.
const PARTS: [&str; 36] = [
    "app",
    "builder",
    "cache",
    "caches",
    "channel",
    "client",
    "config",
    "connection",
    "context",
    "cookie",
    "database",
    "db",
    "dir",
    "directory",
    "extension",
    "future",
    "handler",
    "header",
    "headers",
    "index",
    "indexes",
    "layer",
    "logger",
    "metrics",
    "path",
    "pool",
    "registry",
    "response",
    "router",
    "routes",
    "schema",
    "server",
    "span",
    "table",
    "tables",
    "tracing",
];

/// Verbs that mean a lock or a file of the program where no noun follows.
const ALONE: [&str; 4] = ["lock", "open", "release", "unlock"];

/// Reads a name in snake case.
pub(super) fn read(name: &str) -> Naming {
    let mut words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && PREFIXES.contains(&words[0]) {
        words.remove(0);
    }
    let Some((verb, noun)) = words.split_first() else {
        return Naming::Open;
    };
    let last = noun.last().copied().unwrap_or("record");
    let domains = [
        domain(&format!("record.{}", words.join("_"))),
        domain(&format!(
            "{}.{verb}",
            if noun.is_empty() {
                "record".to_owned()
            } else {
                noun.join("_")
            }
        )),
        domain(&format!("{last}.{verb}")),
    ];
    if domains
        .iter()
        .flatten()
        .any(|domain| *domain != Domain::AuditTrail)
    {
        return Naming::Elsewhere;
    }
    if domains.iter().any(Option::is_some) {
        return Naming::Reads;
    }
    let is_of_a_program = noun.is_empty() && ALONE.contains(verb);
    if is_mutating_verb(verb) && !is_of_a_program && !noun.iter().any(|word| PARTS.contains(word)) {
        return Naming::Changes((*verb).to_owned());
    }
    Naming::Open
}

/// Returns the domain of an action, unless it is recorded here.
fn domain(action: &str) -> Option<Domain> {
    match classify_action(action) {
        Classification::Other(domain) => Some(domain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_at_the_front_changes_reads_or_belongs_elsewhere() {
        let changes = |verb: &str| Naming::Changes(verb.to_owned());
        for (name, expected) in [
            ("create", changes("create")),
            ("approve_order", changes("approve")),
            ("try_update_user", changes("update")),
            ("bulk_delete", changes("delete")),
            ("_remove", changes("remove")),
            ("find_order", Naming::Reads),
            ("search", Naming::Reads),
            ("export_orders", Naming::Reads),
            ("log_in", Naming::Elsewhere),
            ("create_session", Naming::Elsewhere),
            ("reset_password", Naming::Elsewhere),
            ("assign_user_role", Naming::Elsewhere),
            ("enqueue_mail", Naming::Elsewhere),
            ("create_pool", Naming::Open),
            ("lock", Naming::Open),
            ("lock_account", changes("lock")),
            ("total", Naming::Open),
            ("updated", Naming::Open),
            ("", Naming::Open),
        ] {
            assert_eq!(read(name), expected, "{name}");
        }
    }
}
