//! Tables for the width of a terminal.

use comfy_table::{
    Cell as ComfyCell, CellAlignment, Color as TableColor, ContentArrangement, LineStyle, Table,
    TableStyle,
};
use unicode_width::UnicodeWidthStr as _;

use super::{Color, TextCell, pairs_text};

/// Columns of a terminal below which a table that does not fit becomes pairs.
const NARROW: u16 = 60;

/// A line below the headings.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Returns the width of the terminal. A width of 0 is unknown.
pub(super) fn terminal_width() -> Option<u16> {
    Table::new().width().filter(|width| *width > 0)
}

/// Returns a table, or pairs of name and value where it would break words on a narrow terminal.
pub(super) fn table_text(
    headings: &[String],
    rows: &[Vec<TextCell>],
    colors: bool,
    width: Option<u16>,
) -> String {
    if width.is_some_and(|width| width < NARROW && !fits(headings, rows, width)) {
        return pairs_of_rows(headings, rows, colors);
    }
    let table = table(headings, rows, colors, width);
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

fn fits(headings: &[String], rows: &[Vec<TextCell>], width: u16) -> bool {
    let table = table(headings, rows, false, None);
    let mut widths = table.lines().map(|line| line.trim_end().width());
    widths.all(|line| line <= usize::from(width))
}

/// Returns each row as its names and values, with a blank line between two rows.
fn pairs_of_rows(headings: &[String], rows: &[Vec<TextCell>], colors: bool) -> String {
    let of_row = |row: &Vec<TextCell>| {
        let named = headings.iter().cloned().zip(row.iter().cloned());
        pairs_text(&named.collect::<Vec<_>>(), colors)
    };
    rows.iter().map(of_row).collect::<Vec<_>>().join("\n")
}

fn table(headings: &[String], rows: &[Vec<TextCell>], colors: bool, width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    match width {
        Some(width) => table
            .set_width(width)
            .set_content_arrangement(ContentArrangement::Dynamic),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    if colors {
        // The choice was made with `NO_COLOR` in view.
        crossterm::style::force_color_output(true);
        table.enforce_styling();
    } else {
        table.style_text_only();
    }
    table.set_header(headings);
    for row in rows {
        table.add_row(row.iter().map(|cell| of_table(cell, colors)));
    }
    table
}

fn of_table(cell: &TextCell, colors: bool) -> ComfyCell {
    let mut shown = ComfyCell::new(&cell.text);
    if cell.is_number {
        shown = shown.set_alignment(CellAlignment::Right);
    }
    let color = match cell.color {
        Color::Plain => None,
        Color::Dim => Some(TableColor::DarkGrey),
        Color::Cyan => Some(TableColor::DarkCyan),
        Color::Green => Some(TableColor::DarkGreen),
        Color::Yellow => Some(TableColor::DarkYellow),
        Color::Red => Some(TableColor::DarkRed),
    };
    match color.filter(|_| colors) {
        Some(color) => shown.fg(color),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(width: Option<u16>) -> String {
        let headings = ["time", "action", "details"].map(str::to_owned);
        let long = "the order was approved by two people";
        let row = |action| ["12:00", action, long].map(TextCell::new).to_vec();
        let rows = ["order.approve", "order.ship"].map(row);
        table_text(&headings, &rows, false, width)
    }

    #[test]
    fn a_table_is_arranged_for_a_known_width_alone() {
        let whole = text(None);
        assert_eq!(whole.lines().count(), 4, "{whole}");
        assert_eq!(text(Some(100)), whole);
        assert_eq!(text(Some(60)).lines().count(), 6, "{}", text(Some(60)));
    }

    #[test]
    fn a_narrow_terminal_gets_pairs_unless_the_table_fits() {
        let pairs = "time     12:00\naction   order.approve\ndetails  the order was approved by two people\n\n\
             time     12:00\naction   order.ship\ndetails  the order was approved by two people\n";
        assert_eq!(text(Some(30)), pairs);
        let row = vec![TextCell::new("p1")];
        let fits = table_text(&["created".to_owned()], &[row], false, Some(12));
        assert!(fits.contains('─'), "{fits}");
    }
}
