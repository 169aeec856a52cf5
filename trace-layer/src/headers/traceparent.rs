//! W3C Trace Context, level 1: <https://www.w3.org/TR/trace-context-1/#traceparent-header>.

/// Length in bytes of version, trace id, parent id and flags, with their dashes.
const LENGTH: usize = 55;

/// Returns the trace id of a `traceparent` header if the header is well-formed.
///
/// All hexadecimal digits must be lower case, the version must not be `ff`, and neither id may be all zeros. Version `00`
/// has exactly 55 bytes; a later version may continue after a dash.
///
/// ```
/// use behavior_trace::headers::trace_id;
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// assert_eq!(trace_id(header), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
/// assert_eq!(trace_id("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), None);
/// ```
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let (known, rest) = traceparent.split_at_checked(LENGTH)?;
    let version = hex(known.get(..2)?)?;
    let trace = id(known.get(3..35)?)?;
    id(known.get(36..52)?)?;
    hex(known.get(53..)?)?;
    let dashes = [2, 35, 52].iter().all(|&at| known.as_bytes()[at] == b'-');
    let ends = match version {
        "ff" => false,
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    (dashes && ends).then_some(trace)
}

fn id(text: &str) -> Option<&str> {
    hex(text).filter(|text| text.bytes().any(|byte| byte != b'0'))
}

fn hex(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn the_examples_of_the_specification_are_read_as_it_says() {
        let rest = "-00f067aa0ba902b7-01";
        for (header, read) in [
            (format!("00-{TRACE}{rest}"), true),
            (format!("cc-{TRACE}{rest}"), true),
            (
                format!("cc-{TRACE}{rest}-what-the-future-will-be-like"),
                true,
            ),
            (
                format!("cc-{TRACE}{rest}.what-the-future-will-be-like"),
                false,
            ),
            (format!("00-{TRACE}{rest}-more"), false),
            (format!("ff-{TRACE}{rest}"), false),
            (format!("00-{}{rest}", TRACE.to_uppercase()), false),
            (format!("00-{}{rest}", "0".repeat(32)), false),
            (format!("00-{TRACE}-0000000000000000-01"), false),
            (format!("00_{TRACE}{rest}"), false),
            (format!("00-{TRACE}-00f067aa0ba902b7-0g"), false),
            (format!("00-{TRACE}-00f067aa0ba902b7-1"), false),
            (format!(" 00-{TRACE}{rest}"), false),
            (String::new(), false),
        ] {
            assert_eq!(trace_id(&header), read.then_some(TRACE), "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_it_reads_is_an_id(header in ".{0,80}|[0-9a-f-]{50,60}") {
            if let Some(id) = trace_id(&header) {
                prop_assert_eq!(id.len(), 32);
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
            }
        }
    }
}
