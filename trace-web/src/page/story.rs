//! One story: all events of a correlation, oldest first.

use behavior_trace_core::Timestamp;
use maud::{Markup, html};

use super::history::entry;
use super::layout::{PageFrame, layout};
use super::nothing::nothing;
use super::row::event_link;
use super::sentence::{Voice, mark, sentence};
use super::strip::strip;
use super::timeline::{conditions, cursor, pages};
use crate::access::{Ask, PageRows};
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::moment::{clock, date, day};
use crate::request::Route;
use crate::row::PageRow;
use crate::stored::{stored, within};
use crate::texts;
use crate::view::View;

/// Rows of a page.
const ROWS: usize = 50;

/// Returns the page of one correlation.
pub(crate) async fn story(view: View<'_>, id: &str) -> Result<Markup, PageFailure> {
    let mut conditions = conditions(view)?;
    conditions.push(RowCondition::Correlation(id.to_owned()));
    let ask = Ask {
        conditions,
        after: cursor(view)?,
        limit: ROWS,
        oldest_first: true,
    };
    let rows = view.access.page(&ask).await?;
    let route = Route::Story(id.to_owned());
    if rows.items.is_empty() && view.asked.after.is_none() && !view.asked.filter.is_empty() {
        let nothing = nothing(view, &route, &view.asked.filter, None);
        return Ok(page(view, nothing));
    }
    let begin = if ask.after.is_none() {
        rows.items.first().cloned()
    } else {
        // The title and the times of a further page are those of the story.
        let ask = Ask {
            after: None,
            limit: 1,
            ..ask
        };
        view.access.page(&ask).await?.items.into_iter().next()
    };
    let begin = begin.ok_or(PageFailure::NotFound)?;
    let names = view.names_for(rows.items.iter().chain([&begin])).await;
    let view = view.with_names(&names);
    let content = html! {
        (title(view, &begin, &rows))
        (facts(view, id, &begin, &rows))
        @if !rows.items.is_empty() { (strip(view, begin.activity().occurred_at, &rows.items)) }
        @for request in requests(&rows.items) {
            @if let Some(row) = request.first() { h2 { (heading(view, row)) } }
            @for (place, row) in request.iter().enumerate() {
                (entry(view, row, Voice::Whole, &time(view, row, &begin), place + 1 < request.len()))
            }
        }
        (pages(view, &rows, &route))
    };
    Ok(page(view, content))
}

fn page(view: View<'_>, content: Markup) -> Markup {
    let title = view.text(texts::TO_STORY).to_owned();
    let frame = PageFrame {
        path: vec![html! { (title) }],
        content,
        title,
    };
    layout(view, &frame)
}

/// Returns the neighbours that are of one request or job.
fn requests(rows: &[PageRow]) -> impl Iterator<Item = &[PageRow]> {
    rows.chunk_by(|a, b| a.activity().request_id == b.activity().request_id)
}

/// Returns whether all events of the story are on the page.
fn is_whole(view: View<'_>, rows: &PageRows) -> bool {
    view.asked.after.is_none() && rows.next.is_none()
}

fn title(view: View<'_>, begin: &PageRow, rows: &PageRows) -> Markup {
    let mark = mark(begin);
    let more = rows.items.len().saturating_sub(1);
    let followed = if more == 1 {
        texts::FOLLOWED_1
    } else {
        texts::FOLLOWED
    };
    html! {
        h1.e {
            i class=(format!("{} o", mark.class())) {} " "
            (sentence(view, begin, Voice::Whole))
            @if more > 0 && is_whole(view, rows) {
                " " small { (view.fill(followed, &[("count", html! { (more) })])) }
            }
        }
    }
}

/// Returns the facts of the story. A page that has a part of it knows when the story began, and not how long it took.
fn facts(view: View<'_>, id: &str, begin: &PageRow, rows: &PageRows) -> Markup {
    let at = begin.activity().occurred_at;
    let moment = view.fill(
        texts::BEGAN_AT,
        &[
            ("date", date(&view.settings.texts, day(at))),
            (
                "time",
                html! { time datetime=(at.to_rfc3339()) { (clock(at)) } },
            ),
        ],
    );
    let label = if view.asked.filter.is_empty() {
        texts::BEGAN
    } else {
        texts::FIRST_MATCH
    };
    html! {
        dl.i {
            dt { (view.text(texts::CORRELATION)) } dd { code { (within(id)) } }
            dt { (view.text(label)) } dd { (moment) }
            (extent(view, at, rows))
        }
    }
}

/// Returns the time that the events of the page took: of the whole story, or of its part.
fn extent(view: View<'_>, begin: Timestamp, rows: &PageRows) -> Markup {
    let at = |row: Option<&PageRow>| row.map_or(begin, |row| row.activity().occurred_at);
    let [from, to] =
        [rows.items.first(), rows.items.last()].map(|row| seconds_between(begin, at(row)));
    let count = requests(&rows.items).count();
    let (label, text) = match (is_whole(view, rows), count) {
        (true, 1) => (texts::TOOK, texts::TOOK_IN_1),
        (true, _) => (texts::TOOK, texts::TOOK_IN),
        (false, _) => (texts::PART, texts::FROM_TO),
    };
    let places = [
        ("n", html! { (to) }),
        ("count", html! { (count) }),
        ("from", html! { (from) }),
        ("to", html! { (to) }),
    ];
    html! { dt { (view.text(label)) } dd { (view.fill(text, &places)) } }
}

/// Returns the request or the job of a row.
fn heading(view: View<'_>, row: &PageRow) -> Markup {
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

fn time(view: View<'_>, row: &PageRow, first: &PageRow) -> Markup {
    let at = row.activity().occurred_at;
    html! {
        a.t href=(event_link(view, row)) { (clock(at)) }
        small { (after_begin(view, first.activity().occurred_at, at)) }
    }
}

/// Returns the time after the begin of a story: `+0.064 s`.
pub(super) fn after_begin(view: View<'_>, begin: Timestamp, at: Timestamp) -> Markup {
    let n = seconds_between(begin, at);
    view.fill(texts::AFTER_BEGIN, &[("n", html! { (n) })])
}

/// Returns the seconds between two times: `0.064`.
fn seconds_between(one: Timestamp, other: Timestamp) -> String {
    let millis = other.as_micros().saturating_sub(one.as_micros()).max(0) / 1_000;
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}
