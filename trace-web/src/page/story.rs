//! One story: all events of a correlation, oldest first.

use behavior_trace_core::Timestamp;
use maud::{Markup, html};

use super::history::entry;
use super::layout::{Frame, layout};
use super::row::event_link;
use super::sentence::{Voice, mark, sentence};
use super::strip::strip;
use super::timeline::{conditions, cursor, pages};
use crate::access::{Ask, Rows};
use crate::condition::Condition;
use crate::failure::Failure;
use crate::moment::{clock, date, day};
use crate::request::Route;
use crate::row::Row;
use crate::stored::{stored, within};
use crate::texts;
use crate::view::View;

/// Rows of a page.
const ROWS: usize = 50;

/// Returns the page of one correlation.
pub(crate) async fn story(view: View<'_>, id: &str) -> Result<Markup, Failure> {
    let mut conditions = conditions(view)?;
    conditions.push(Condition::Correlation(id.to_owned()));
    let ask = Ask {
        conditions,
        after: cursor(view)?,
        limit: ROWS,
        oldest_first: true,
    };
    let rows = view.access.page(&ask).await?;
    let first = rows.items.first().ok_or(Failure::NotFound)?;
    let title = capital_story(view);
    let frame = Frame {
        path: vec![html! { (title) }],
        content: content(view, id, first, &rows),
        title,
    };
    Ok(layout(view, &frame))
}

fn capital_story(view: View<'_>) -> String {
    view.text(texts::TO_STORY).to_owned()
}

fn content(view: View<'_>, id: &str, first: &Row, rows: &Rows) -> Markup {
    let mark = mark(first);
    let more = rows.items.len() - 1;
    let followed = if more == 1 {
        texts::FOLLOWED_1
    } else {
        texts::FOLLOWED
    };
    html! {
        h1.e {
            (sentence(view, first, Voice::Whole)) " "
            i class=(format!("{} o", mark.class())) {}
            @if more > 0 && rows.next.is_none() { " " small { (view.fill(followed, &[("count", html! { (more) })])) } }
        }
        (facts(view, id, first, &rows.items))
        (strip(view, &rows.items))
        @for request in rows.items.chunk_by(|a, b| a.activity().request_id == b.activity().request_id) {
            @if let Some(row) = request.first() { h2 { (heading(view, row)) } }
            @for row in request { (entry(view, row, Voice::Whole, &time(view, row, first), false)) }
        }
        (pages(view, rows, &Route::Story(id.to_owned())))
    }
}

fn facts(view: View<'_>, id: &str, first: &Row, rows: &[Row]) -> Markup {
    let at = first.activity().occurred_at;
    let last = rows.last().map_or(at, |row| row.activity().occurred_at);
    let began = view.fill(
        texts::BEGAN_AT,
        &[
            ("date", date(&view.settings.texts, day(at))),
            (
                "time",
                html! { time datetime=(at.to_rfc3339()) { (clock(at)) } },
            ),
        ],
    );
    html! {
        dl.i {
            dt { (view.text(texts::CORRELATION)) } dd { code { (within(id)) } }
            dt { (view.text(texts::BEGAN)) } dd { (began) }
            dt { (view.text(texts::TOOK)) }
            dd { (view.fill(texts::SECONDS, &[("n", html! { (seconds_between(at, last)) })])) }
        }
    }
}

/// Returns the request or the job of a row.
fn heading(view: View<'_>, row: &Row) -> Markup {
    let activity = row.activity();
    let (route, request) = (
        activity.route_name.as_deref(),
        activity.request_id.as_deref(),
    );
    html! {
        @if let Some(route) = route { b { (stored(route)) } " " }
        @if let Some(request) = request { code { (within(request)) } }
        @if route.is_none() && request.is_none() { (view.text(texts::WITHOUT_REQUEST)) }
        @if let Some(address) = &activity.ip_address {
            " · " small { (view.fill(texts::FROM_ADDRESS, &[("address", stored(address))])) }
        }
    }
}

fn time(view: View<'_>, row: &Row, first: &Row) -> Markup {
    let at = row.activity().occurred_at;
    let n = seconds_between(first.activity().occurred_at, at);
    html! {
        a.t href=(event_link(view, row)) { (clock(at)) }
        small { (view.fill(texts::AFTER_BEGIN, &[("n", html! { (n) })])) }
    }
}

/// Returns the seconds between two times: `0.064`.
fn seconds_between(one: Timestamp, other: Timestamp) -> String {
    let millis = other.as_micros().saturating_sub(one.as_micros()).max(0) / 1_000;
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}
