//! The validation of a client's ids.

use behavior_trace_core::limits;

/// The prefix of a generated id that replaces an invalid one from a client. A client's id cannot begin with it.
pub(crate) const REPLACED: &str = "replaced:";

/// Returns the request id of an `x-request-id` header if it is valid: 1 to 64 characters of `[A-Za-z0-9._:-]`.
///
/// ```
/// use behavior_trace::headers::request_id;
///
/// assert_eq!(request_id("01J9.edge-7"), Some("01J9.edge-7"));
/// assert_eq!(request_id("7' OR 1=1"), None);
/// ```
pub fn request_id(value: &str) -> Option<&str> {
    plain(value, limits::REQUEST_ID).filter(|id| !id.starts_with(REPLACED))
}

/// Returns the correlation id of an `x-correlation-id` header if it is valid: 1 to 36 characters of `[A-Za-z0-9._:-]`.
pub fn correlation_id(value: &str) -> Option<&str> {
    plain(value, limits::CORRELATION_ID)
}

fn plain(value: &str, limit: usize) -> Option<&str> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    ((1..=limit).contains(&value.len()) && value.bytes().all(known)).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_that_is_empty_too_long_or_of_other_characters_is_refused() {
        for value in ["", " ", "a b", "a\r\nb", "ü", "a/b", "a,b", &"x".repeat(65)] {
            assert_eq!(request_id(value), None, "{value}");
        }
        assert!(request_id(&"x".repeat(64)).is_some());
        assert!(correlation_id(&"x".repeat(36)).is_some());
        assert_eq!(correlation_id(&"x".repeat(37)), None);
    }

    #[test]
    fn a_client_cannot_forge_the_mark_of_a_replaced_id() {
        assert_eq!(request_id("replaced:1"), None);
    }

    proptest! {
        #[test]
        fn whatever_is_kept_is_what_was_sent_and_fits_its_column(value in ".{0,80}|[A-Za-z0-9._:-]{0,80}") {
            if let Some(id) = request_id(&value) {
                prop_assert_eq!(id, value.as_str());
                prop_assert!(id.len() <= 64 && id.is_ascii());
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
