//! Rows as a table that a person likes to look at.

use std::fmt::Write;

use behavior_trace::StoredActivity;

const HEADINGS: [&str; 6] = ["when (UTC)", "who", "did", "to", "through", "what"];
/// Wider cells are cut, so that a row stays a line.
const WIDEST: usize = 64;

pub(crate) fn of(rows: &[StoredActivity]) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let widest = cells
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0);
        widest.max(HEADINGS[column].len())
    });
    let mut table = String::new();
    rule(&mut table, widths, ['┌', '┬', '┐']);
    line(&mut table, widths, &HEADINGS.map(str::to_owned));
    rule(&mut table, widths, ['├', '┼', '┤']);
    for row in &cells {
        line(&mut table, widths, row);
    }
    rule(&mut table, widths, ['└', '┴', '┘']);
    table
}

fn cells(row: &StoredActivity) -> [String; 6] {
    let activity = &row.activity;
    let spaced =
        |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    [
        activity.occurred_at.to_string()[11..23].to_owned(),
        spaced([
            Some(activity.actor_type.clone()),
            activity.actor_id.map(|id| id.to_string()),
        ]),
        activity.action.clone(),
        spaced([
            Some(activity.resource.clone()),
            activity.resource_id.clone(),
        ]),
        spaced([activity.request_id.clone(), activity.ip_address.clone()]),
        clip(&activity.payload),
    ]
}

fn clip(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

fn line(table: &mut String, widths: [usize; 6], cells: &[String; 6]) {
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(table, "│ {cell:width$} ");
    }
    table.push_str("│\n");
}

fn rule(table: &mut String, widths: [usize; 6], [left, cross, right]: [char; 3]) {
    let pieces = widths.map(|width| "─".repeat(width + 2));
    let _ = writeln!(table, "{left}{}{right}", pieces.join(&cross.to_string()));
}
