//! The table of rows, with a group for each day.

use jiff::civil::Date;
use maud::{Markup, html};

use super::row::row;
use super::sentence::Voice;
use crate::moment::{date_of_week, day, name_of_day};
use crate::row::PageRow;
use crate::texts;
use crate::view::View;

/// Returns the table of the rows.
pub(super) fn table(view: View<'_>, rows: &[PageRow], voice: Voice) -> Markup {
    html! {
        table.l {
            caption { (view.text(texts::TABLE_CAPTION)) }
            thead {
                tr {
                    th scope="col" { (view.text(texts::TIME_UTC)) }
                    th scope="col" { (view.text(texts::WHAT_HAPPENED)) }
                }
            }
            @for group in rows.chunk_by(|a, b| day_of(a) == day_of(b)) {
                tbody {
                    @if let Some(first) = group.first() {
                        tr.h { th colspan="2" scope="rowgroup" { (heading(view, day_of(first))) } }
                    }
                    @for (place, one) in group.iter().enumerate() {
                        (row(view, one, voice, is_joined(one, group.get(place + 1))))
                    }
                }
            }
        }
    }
}

pub(super) fn day_of(row: &PageRow) -> Date {
    day(row.activity().occurred_at)
}

/// Returns the heading of a day.
pub(super) fn heading(view: View<'_>, date: Date) -> Markup {
    let today = day(view.asked.now);
    html! {
        @if let Some(name) = name_of_day(date, today) { b { (view.text(name)) } " " }
        (date_of_week(&view.settings.texts, date))
    }
}

/// Returns whether two neighbours are of one story.
pub(super) fn is_joined(row: &PageRow, next: Option<&PageRow>) -> bool {
    let story = row.activity().correlation_id.as_deref();
    story.is_some() && next.is_some_and(|next| next.activity().correlation_id.as_deref() == story)
}
