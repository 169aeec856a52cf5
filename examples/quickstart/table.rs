//! Formatting of rows as a table.

use std::borrow::Cow;
use std::fmt::Write;

use behavior_trace::query::StoredActivity;

const HEADINGS: [&str; 6] = ["when (UTC)", "who", "did", "to", "through", "what"];
/// Maximum width of a cell. A longer one continues in the next line.
const WIDEST: usize = 52;

type Cells = [Vec<String>; 6];

pub(crate) fn of(rows: &[StoredActivity]) -> String {
    let rows: Vec<Cells> = rows.iter().map(cells).collect();
    let widths = std::array::from_fn(|column| {
        let lines = rows.iter().flat_map(|row| &row[column]);
        let widest = lines.map(|line| line.chars().count()).max().unwrap_or(0);
        widest.max(HEADINGS[column].len())
    });
    let mut table = String::new();
    rule(&mut table, widths, ['┌', '┬', '┐']);
    line(&mut table, widths, HEADINGS);
    for row in &rows {
        rule(&mut table, widths, ['├', '┼', '┤']);
        for at in 0..row.iter().map(Vec::len).max().unwrap_or(0) {
            let parts = row
                .each_ref()
                .map(|cell| cell.get(at).map_or("", String::as_str));
            line(&mut table, widths, parts);
        }
    }
    rule(&mut table, widths, ['└', '┴', '┘']);
    table
}

fn cells(row: &StoredActivity) -> Cells {
    let activity = &row.activity;
    let spaced = |parts: [Option<Cow<'_, str>>; 2]| {
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    [
        activity.occurred_at.to_string()[11..23].to_owned(),
        spaced([
            Some(activity.actor_type.clone()),
            activity.actor_id.map(|id| id.to_string().into()),
        ]),
        activity.action.to_string(),
        spaced([
            Some(activity.resource.clone()),
            activity.resource_id.clone(),
        ]),
        spaced([activity.request_id.clone(), activity.ip_address.clone()]),
        activity.payload.to_string(),
    ]
    .map(|cell| wrap(&cell))
}

/// Breaks a text after commas, so that a JSON object stays readable.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive(',') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() || line.chars().count() + piece.chars().count() <= WIDEST {
            line.push_str(piece);
        } else {
            lines.push(piece.trim_start().to_owned());
        }
    }
    lines
}

fn line(table: &mut String, widths: [usize; 6], cells: [&str; 6]) {
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(table, "│ {cell:width$} ");
    }
    table.push_str("│\n");
}

fn rule(table: &mut String, widths: [usize; 6], [left, cross, right]: [char; 3]) {
    let pieces = widths.map(|width| "─".repeat(width + 2));
    let _ = writeln!(table, "{left}{}{right}", pieces.join(&cross.to_string()));
}
