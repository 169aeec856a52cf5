//! Values as literals in the text of a statement, for sessions without prepared statements.
//!
//! A text is written in hexadecimal digits, so nothing in it can end the literal in any SQL mode.

use behavior_trace_core::Activity;

/// Returns a text as a literal.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() * 2 + 16);
    push_text(&mut literal, value);
    literal
}

/// Appends a row as a list of values in parentheses, in the order of the columns.
pub(super) fn push_row(out: &mut String, row: &Activity<'_>) {
    out.push('(');
    push_own(out, row.event_id.hyphenated().encode_lower(&mut event_id()));
    out.push_str(", ");
    push_own(out, &row.occurred_at.to_string());
    out.push_str(", ");
    push_text(out, &row.actor_type);
    out.push_str(", ");
    match row.actor_id {
        Some(id) => out.push_str(itoa::Buffer::new().format(id)),
        None => out.push_str("NULL"),
    }
    for given in [&row.action, &row.resource] {
        out.push_str(", ");
        push_text(out, given);
    }
    push_optional(out, row.resource_id.as_deref());
    out.push_str(", ");
    push_text(out, &row.payload);
    for optional in [
        &row.correlation_id,
        &row.request_id,
        &row.route_name,
        &row.ip_address,
        &row.user_agent,
    ] {
        push_optional(out, optional.as_deref());
    }
    out.push(')');
}

/// Appends the condition that finds a row by its key.
pub(super) fn push_condition(out: &mut String, row: &Activity<'_>) {
    out.push_str("(occurred_at = ");
    push_own(out, &row.occurred_at.to_string());
    out.push_str(" AND event_id = ");
    push_own(out, row.event_id.hyphenated().encode_lower(&mut event_id()));
    out.push(')');
}

const fn event_id() -> [u8; uuid::fmt::Hyphenated::LENGTH] {
    [0; uuid::fmt::Hyphenated::LENGTH]
}

/// Appends a text that the recorder formats itself: digits, letters and punctuation without a quote.
fn push_own(out: &mut String, text: &str) {
    out.push('\'');
    out.push_str(text);
    out.push('\'');
}

fn push_optional(out: &mut String, value: Option<&str>) {
    out.push_str(", ");
    match value {
        Some(value) => push_text(out, value),
        None => out.push_str("NULL"),
    }
}

fn push_text(out: &mut String, value: &str) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    out.reserve(value.len() * 2 + 12);
    out.push_str("_utf8mb4 X'");
    for byte in value.bytes() {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use behavior_trace_core::activity;

    #[test]
    fn nothing_in_a_text_ends_its_literal() {
        assert_eq!(text(""), "_utf8mb4 X''");
        assert_eq!(text("a'\\\0é"), "_utf8mb4 X'61275C00C3A9'");
        let row = activity! {
            action: "'); DROP TABLE x; --".into(),
            actor_id: Some(-7),
            payload: "{}".into(),
            ..Activity::default()
        };
        let mut out = String::new();
        push_row(&mut out, &row);
        assert_eq!(out.matches(", ").count(), crate::store::sql::COLUMNS - 1);
        assert_eq!(out.matches("NULL").count(), 6);
        assert!(!out.contains("DROP"), "{out}");
    }
}
