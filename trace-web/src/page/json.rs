//! A row as JSON, with line breaks for people.

use behavior_trace_core::Activity;
use serde_json::Value;

use crate::row::PageRow;

/// Returns the columns of a row as JSON. Columns without a value are left out, as are hidden ones, which are empty here. The
/// payload is as it is stored, but for its blanks.
pub(super) fn json(row: &PageRow) -> String {
    let activity: &Activity<'static> = row.activity();
    let number = activity.actor_id.map(|id| id.to_string());
    let text = |text: Option<&str>| text.map(|text| Value::from(text).to_string());
    let columns = [
        ("id", Some(row.stored.id.to_string())),
        ("event_id", text(Some(&activity.event_id.to_string()))),
        (
            "occurred_at",
            text(Some(&activity.occurred_at.to_rfc3339())),
        ),
        ("actor_type", text(Some(&activity.actor_type))),
        ("actor_id", number),
        ("action", text(Some(&activity.action))),
        ("resource", text(Some(&activity.resource))),
        ("resource_id", text(activity.resource_id.as_deref())),
        ("payload", Some(activity.payload.to_string())),
        ("correlation_id", text(activity.correlation_id.as_deref())),
        ("request_id", text(activity.request_id.as_deref())),
        ("route_name", text(activity.route_name.as_deref())),
        ("ip_address", text(activity.ip_address.as_deref())),
        ("user_agent", text(activity.user_agent.as_deref())),
    ];
    let columns: Vec<String> = columns
        .into_iter()
        .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)))
        .collect();
    indented(&format!("{{{}}}", columns.join(",")))
}

/// Levels that have lines of their own. Deeper ones stay on one line: the blanks in front of each line of thousands of levels
/// would be many times as long as the text.
const LEVELS: usize = 16;

/// Breaks JSON into lines by its nesting. All tokens stay as they are.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    let mut last = ' ';
    for character in json.chars() {
        if is_string {
            out.push(character);
            is_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            last = character;
            continue;
        }
        if character.is_ascii_whitespace() {
            continue;
        }
        if matches!(character, '}' | ']') {
            depth = depth.saturating_sub(1);
            if !matches!(last, '{' | '[') {
                line(&mut out, depth);
            }
        } else if matches!(last, '{' | '[') && !out.is_empty() {
            line(&mut out, depth);
        }
        out.push(character);
        match character {
            '"' => is_string = true,
            '{' | '[' => depth += 1,
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
        last = character;
    }
    out
}

fn line(out: &mut String, depth: usize) {
    if depth > LEVELS {
        return;
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_is_broken_into_lines() {
        let json = r#"{"a":[1,{"b":"x, {\"y"}],"c":{}, "d":[]}"#;
        let lines = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\"y\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(indented(json), lines);
    }

    #[test]
    fn thousands_of_levels_take_no_more_room_than_a_multiple_of_the_text() {
        let (levels, each) = (30_000, 2 * LEVELS + 2);
        let json = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let lines = indented(&json);
        assert_eq!(lines.replace(['\n', ' '], ""), json);
        assert!(
            lines.len() <= json.len() + 2 * LEVELS * each,
            "{}",
            lines.len()
        );
    }

    proptest! {
        #[test]
        fn the_value_stays_the_same(keys in prop::collection::vec("[\"\\\\{}:,a]{0,5}", 0..4)) {
            let value = Value::from(keys);
            let read: Value = serde_json::from_str(&indented(&value.to_string())).expect("JSON");
            prop_assert_eq!(read, value);
        }
    }
}
