//! CSV by RFC 4180, with NULL distinct from an empty text.

use uuid::Uuid;

use crate::query::StoredActivity;

/// Treatment of texts that a spreadsheet may take for a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cells {
    /// Each is written as it is.
    Unchanged,
    /// Each gets a leading `'`.
    Neutral,
}

pub(super) fn header(text: &mut Vec<u8>) {
    text.extend_from_slice(
        b"id,event_id,occurred_at,actor_type,actor_id,action,resource,resource_id,payload,correlation_id,request_id,\
          route_name,ip_address,user_agent\r\n",
    );
}

pub(super) fn line(row: &StoredActivity, text: &mut Vec<u8>, cells: Cells) {
    let activity = &row.activity;
    let mut number = itoa::Buffer::new();
    text.extend_from_slice(number.format(row.id).as_bytes());
    text.push(b',');
    let mut event_id = Uuid::encode_buffer();
    let event_id = activity.event_id.hyphenated().encode_lower(&mut event_id);
    text.extend_from_slice(event_id.as_bytes());
    text.push(b',');
    text.extend_from_slice(activity.occurred_at.to_rfc3339().as_bytes());
    quoted(Some(&activity.actor_type), text, cells);
    text.push(b',');
    if let Some(id) = activity.actor_id {
        text.extend_from_slice(number.format(id).as_bytes());
    }
    for value in [
        Some(&*activity.action),
        Some(&*activity.resource),
        activity.resource_id.as_deref(),
        Some(&*activity.payload),
        activity.correlation_id.as_deref(),
        activity.request_id.as_deref(),
        activity.route_name.as_deref(),
        activity.ip_address.as_deref(),
        activity.user_agent.as_deref(),
    ] {
        quoted(value, text, cells);
    }
    text.extend_from_slice(b"\r\n");
}

/// Adds a comma and a text. NULL adds nothing after the comma.
fn quoted(value: Option<&str>, text: &mut Vec<u8>, cells: Cells) {
    text.push(b',');
    let Some(value) = value else {
        return;
    };
    let mark: &[u8] = match cells {
        Cells::Neutral if is_formula(value) => b"'",
        _ => b"",
    };
    let value = value.as_bytes();
    let is_special = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !value.is_empty() && !value.iter().any(is_special) {
        text.extend_from_slice(mark);
        text.extend_from_slice(value);
        return;
    }
    text.push(b'"');
    text.extend_from_slice(mark);
    for piece in value.split_inclusive(|byte| *byte == b'"') {
        text.extend_from_slice(piece);
        if piece.last() == Some(&b'"') {
            text.push(b'"');
        }
    }
    text.push(b'"');
}

/// Returns whether a spreadsheet may take a text for a formula, by its first character.
fn is_formula(text: &str) -> bool {
    text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Timestamp, activity};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn null_is_not_an_empty_text_and_quotes_are_doubled() {
        let quoted = |value| {
            let mut text = Vec::new();
            quoted(value, &mut text, Cells::Unchanged);
            String::from_utf8(text).expect("UTF-8")
        };
        assert_eq!(quoted(None), ",");
        assert_eq!(quoted(Some("")), ",\"\"");
        assert_eq!(quoted(Some("plain")), ",plain");
        assert_eq!(quoted(Some("a,\"b\"\r\n")), ",\"a,\"\"b\"\"\r\n\"");
        assert_eq!(quoted(Some("=1+1")), ",=1+1");
    }

    fn row(texts: &[String; 8], actor_id: Option<i64>) -> StoredActivity {
        let text = |index: usize| Some(texts[index].clone().into());
        StoredActivity {
            id: 7,
            damaged: Vec::new(),
            activity: activity! {
                event_id: Uuid::nil(),
                occurred_at: Timestamp::from_micros(1_790_000_000_000_000),
                actor_type: "USER".into(),
                actor_id,
                action: texts[0].clone().into(),
                resource: texts[1].clone().into(),
                resource_id: text(2),
                payload: texts[3].clone().into(),
                correlation_id: text(4),
                request_id: text(5),
                route_name: text(6),
                ip_address: None,
                user_agent: text(7),
            },
        }
    }

    /// Returns the cells of one line as a spreadsheet reads them.
    fn cells(line: &str) -> Vec<String> {
        let (mut cells, mut cell, mut is_within) = (Vec::new(), String::new(), false);
        let mut chars = line
            .strip_suffix("\r\n")
            .expect("a line")
            .chars()
            .peekable();
        while let Some(char) = chars.next() {
            match char {
                '"' if is_within && chars.peek() == Some(&'"') => cell.extend(chars.next()),
                '"' => is_within = !is_within,
                ',' if !is_within => cells.push(std::mem::take(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(cell);
        cells
    }

    /// First characters that the guides to this attack name.
    const DANGEROUS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

    /// Texts of which many begin as a formula, or end a cell.
    fn text() -> impl Strategy<Value = String> {
        "[-=+@'\"\t\r\n,;\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}a]{0,4}\\PC{0,6}"
    }

    proptest! {
        #[test]
        fn no_cell_of_a_spreadsheet_begins_a_formula_and_each_text_is_kept_behind_the_mark(
            texts in prop::array::uniform8(text()), actor_id: Option<i64>,
        ) {
            let row = row(&texts, actor_id);
            let mut line = Vec::new();
            super::line(&row, &mut line, Cells::Neutral);
            let line = String::from_utf8(line).expect("UTF-8");
            let cells = cells(&line);
            prop_assert_eq!(cells.len(), 14);
            prop_assert_eq!(&cells[4], &actor_id.map_or(String::new(), |id| id.to_string()));
            for (index, text) in [5, 6, 7, 8, 9, 10, 11, 13].into_iter().zip(&texts) {
                let cell = &cells[index];
                prop_assert!(!cell.starts_with(DANGEROUS) && !is_formula(cell), "{cell:?}");
                let marked = format!("'{text}");
                let expected = if is_formula(text) { &marked } else { text };
                prop_assert_eq!(cell, expected);
            }
        }

        #[test]
        fn cells_for_programs_are_unchanged(texts in prop::array::uniform8(text())) {
            let mut line = Vec::new();
            super::line(&row(&texts, None), &mut line, Cells::Unchanged);
            let line = String::from_utf8(line).expect("UTF-8");
            let cells = cells(&line);
            prop_assert_eq!(&cells[5..12], &texts[..7]);
            prop_assert_eq!(&cells[13], &texts[7]);
        }
    }
}
