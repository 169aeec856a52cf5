//! The one-domain rule and the column limits, as the errors of a literal.

use behavior_trace_domain::{Classification, check_resource, classify_action};

use crate::diag::helped;

/// A check of a literal that returns its error. The second argument is `true` if a reason was given why it is a mutation.
pub(crate) type NameCheck = fn(&str, bool) -> Option<String>;

/// Checks an action.
pub(crate) fn action(action: &str, is_mutation: bool) -> Option<String> {
    match classify_action(action) {
        Classification::Malformed(error) => Some(format!("`action` {}", error.message())),
        Classification::Other(domain) if !is_mutation => {
            let (name, about) = (domain.in_prose(), domain.about());
            Some(helped(
                format!("`{action}` belongs to {name} ({about}), not to Operational Activity"),
                "record it there; or, if it changes something here, say what: `mutation = \"…\"`",
            ))
        }
        _ => None,
    }
}

/// Checks a resource.
pub(crate) fn resource(resource: &str, _is_mutation: bool) -> Option<String> {
    let error = check_resource(resource).err()?;
    Some(format!("`resource` {}", error.message()))
}
