//! The events of a story on a line of time.

use behavior_trace_core::Timestamp;
use maud::{Markup, html};

use super::sentence::mark;
use super::story::after_begin;
use crate::row::PageRow;
use crate::texts;
use crate::view::View;

/// Width of the strip, in its own units.
const WIDTH: i64 = 1_000;

/// Returns the strip of rows that are oldest first, over its first, middle and last time after the `begin` of the story. Its
/// marks have attributes and no style, as the page allows none.
pub(super) fn strip(view: View<'_>, begin: Timestamp, rows: &[PageRow]) -> Markup {
    html! { (marks(view, rows)) (times(view, begin, rows)) }
}

fn marks(view: View<'_>, rows: &[PageRow]) -> Markup {
    let begin = rows.first().map_or(0, micros);
    let took = rows.last().map_or(0, micros).saturating_sub(begin).max(1);
    html! {
        svg.strip viewBox=(format!("0 0 {WIDTH} 20")) preserveAspectRatio="none" role="img"
            aria-label=(view.text(texts::STRIP)) {
            @for row in rows {
                @let place = place(micros(row).saturating_sub(begin), took);
                g class=(mark(row).class()) { rect x=(place) y="3" width="3" height="14" {} }
            }
        }
    }
}

/// Returns the times under the strip. Each entry has its own, so they are for the eye.
fn times(view: View<'_>, begin: Timestamp, rows: &[PageRow]) -> Markup {
    let [from, to] = [rows.first(), rows.last()].map(|row| row.map_or(0, micros));
    let mut times = vec![from, from.midpoint(to), to];
    // Those of a moment are one.
    times.dedup();
    html! {
        p.ends aria-hidden="true" {
            @for time in times { span { (after_begin(view, begin, Timestamp::from_micros(time))) } }
        }
    }
}

fn micros(row: &PageRow) -> i64 {
    row.activity().occurred_at.as_micros()
}

/// Returns the place of a time on the strip, with a margin at both ends.
fn place(after: i64, took: i64) -> i64 {
    let place = i128::from(after) * i128::from(WIDTH - 23) / i128::from(took);
    10 + i64::try_from(place).unwrap_or(0).clamp(0, WIDTH - 23)
}
