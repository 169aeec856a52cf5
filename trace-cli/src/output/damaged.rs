//! Marks of damaged columns. A damaged value reads as a default, such as 1970, and must not look sound.

use super::{Color, TextCell};

/// Names of the parts of a row in full, with their columns.
const PARTS: [(&str, &str); 6] = [
    ("event", "event_id"),
    ("time", "occurred_at"),
    ("actor", "actor_type"),
    ("action", "action"),
    ("resource", "resource"),
    ("payload", "payload"),
];

/// Columns of the cells of a line, in their order.
const CELLS: [&str; 5] = ["occurred_at", "actor_type", "action", "resource", "payload"];

/// Marks the cells of a line. The details name the damaged columns that have no cell.
pub(super) fn marked_line(cells: [TextCell; 5], damaged: &[&str]) -> Vec<TextCell> {
    let mut cells: Vec<_> = cells
        .into_iter()
        .zip(CELLS)
        .map(|(cell, column)| marked(column, cell, damaged))
        .collect();
    let others = damaged.iter().filter(|column| !CELLS.contains(column));
    let others: Vec<_> = others.copied().collect();
    if let Some(details) = cells.last_mut().filter(|_| !others.is_empty()) {
        let text = format!("damaged {}; {}", others.join(", "), details.text);
        *details = TextCell::new(text.trim_end_matches("; ")).color(Color::Red);
    }
    cells
}

/// Marks a part of a row in full.
pub(super) fn marked_part(name: &str, cell: TextCell, damaged: &[&str]) -> TextCell {
    match PARTS.iter().find(|(part, _)| *part == name) {
        Some((_, column)) => marked(column, cell, damaged),
        None => cell,
    }
}

fn marked(column: &str, cell: TextCell, damaged: &[&str]) -> TextCell {
    if !damaged.contains(&column) {
        return cell;
    }
    let mark = "damaged".to_owned();
    let lines = match column {
        // It reads as its stored text.
        "payload" if !cell.text.is_empty() => vec![format!("{mark}: {}", cell.text)],
        _ => vec![mark],
    };
    TextCell::of_lines(&lines).color(Color::Red)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_column_is_marked_in_its_cell_or_named_in_the_details() {
        let cells = || ["1970-01-01", "", "a.b", "Note", "{cut"].map(TextCell::new);
        let texts = |damaged: &[&str]| {
            let cells = marked_line(cells(), damaged);
            cells.into_iter().map(|cell| cell.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[]), ["1970-01-01", "", "a.b", "Note", "{cut"]);
        assert_eq!(
            texts(&["event_id", "occurred_at", "actor_type", "payload"]),
            [
                "damaged",
                "damaged",
                "a.b",
                "Note",
                "damaged event_id; damaged: {cut"
            ]
        );
        let event = marked_part("event", TextCell::new("0000"), &["event_id"]);
        assert_eq!((&*event.text, event.color), ("damaged", Color::Red));
    }
}
