//! The one-domain rule and the columns, as the errors of a literal.

use crate::diag::helped;
use crate::domain::{self, Verdict};

/// What is wrong with a literal; the second argument tells whether a reason was given why it is a mutation.
pub(crate) type Judge = fn(&str, bool) -> Option<String>;

pub(crate) fn action(action: &str, is_mutation: bool) -> Option<String> {
    match domain::judge(action) {
        Verdict::Malformed(fault) => Some(format!("`action` {}", fault.message())),
        Verdict::Elsewhere(domain) if !is_mutation => {
            let (name, about) = (domain.in_prose(), domain.about());
            Some(helped(
                format!("`{action}` belongs to {name} ({about}), not to Operational Activity"),
                "record it there; or, if it changes something here, say what: `mutation = \"…\"`",
            ))
        }
        _ => None,
    }
}

pub(crate) fn resource(resource: &str, _is_mutation: bool) -> Option<String> {
    domain::resource_fault(resource).map(|fault| format!("`resource` {}", fault.message()))
}
