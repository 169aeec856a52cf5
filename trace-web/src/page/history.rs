//! The history of one record: each change with its whole diff.

use maud::{Markup, html};

use super::bar::controls;
use super::day::{day_of, heading, is_joined};
use super::diff::diff;
use super::fields::reason_of;
use super::last_changes::last_changes;
use super::layout::{PageFrame, layout};
use super::nothing::nothing;
use super::record::name_of;
use super::row::{action, action_alone, time};
use super::sentence::{Voice, mark, sentence};
use super::timeline::{conditions, cursor, pages, rows_of};
use crate::access::{Ask, PageRows};
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::host_link::host_link;
use crate::request::{FilterField, PageFilter, Route};
use crate::row::PageRow;
use crate::stored::{both_ends, stored};
use crate::texts::{self, PageText};
use crate::view::View;

/// Rows of a page. Each has a whole diff.
const ROWS: usize = 25;

/// Returns the page of one record.
pub(crate) async fn history(view: View<'_>, kind: &str, id: &str) -> Result<Markup, PageFailure> {
    let mut conditions = conditions(view)?;
    conditions.push(RowCondition::Resource(kind.to_owned(), id.to_owned()));
    let ask = Ask {
        conditions,
        after: cursor(view)?,
        limit: ROWS,
        oldest_first: false,
    };
    let rows = rows_of(view, &ask, &filter_of(view, kind, id)).await?;
    if rows.items.is_empty() && view.asked.after.is_none() && view.asked.filter.is_empty() {
        return Err(PageFailure::NotFound);
    }
    let names = view.names_for(&rows.items).await;
    let view = view.with_names(&names);
    let title = format!("{kind} {}", both_ends(id, 22, 12));
    let of_kind = view.filtered(&PageFilter::resource(kind, None));
    let frame = PageFrame {
        path: vec![
            html! { a href=(of_kind) { (stored(kind)) } },
            stored(&both_ends(id, 22, 12)),
        ],
        content: content(view, &title, &rows, kind, id),
        title,
    };
    Ok(layout(view, &frame))
}

/// Returns the filter that finds the rows of the page.
fn filter_of(view: View<'_>, kind: &str, id: &str) -> PageFilter {
    let filter = view.asked.filter.clone();
    filter.with(FilterField::Resource, PageFilter::joined(kind, Some(id)))
}

fn content(view: View<'_>, title: &str, rows: &PageRows, kind: &str, id: &str) -> Markup {
    let links = view.settings.links.as_ref();
    let open = links.and_then(|links| host_link(links, kind, id));
    let route = Route::Resource {
        kind: kind.to_owned(),
        id: id.to_owned(),
    };
    html! {
        h1 { (stored(title)) (name_of(view, kind, id)) }
        div.bar { p {
            (view.text(texts::HISTORY_OF))
            @if let Some(open) = open { " · " a href=(open) { (view.text(texts::OPEN)) } }
        } (controls(view, &filter_of(view, kind, id), rows)) }
        div.two {
            div {
                @for group in rows.items.chunk_by(|a, b| day_of(a) == day_of(b)) {
                    @if let Some(first) = group.first() { p.day { (heading(view, day_of(first))) } }
                    @for (place, row) in group.iter().enumerate() {
                        (entry(view, row, Voice::Here, &time(view, row), is_joined(row, group.get(place + 1))))
                    }
                }
                @if rows.items.is_empty() && view.asked.after.is_none() {
                    (nothing(view, &route, &view.asked.filter, None))
                } @else if rows.next.is_none() {
                    p.s { (view.text(no_older(view))) }
                }
                (pages(view, rows, &route))
            }
            aside { (last_changes(view, &rows.items)) }
        }
    }
}

/// Returns the text below the oldest event. Rows beside the filter may be older.
fn no_older(view: View<'_>) -> PageText {
    if view.asked.filter.is_empty() {
        texts::NO_OLDER
    } else {
        texts::NO_OLDER_MATCH
    }
}

/// Returns an entry with the whole diff of a row.
pub(super) fn entry(
    view: View<'_>,
    row: &PageRow,
    voice: Voice,
    time: &Markup,
    is_joined: bool,
) -> Markup {
    let mark = mark(row);
    let changes = row.changes();
    let route = row.activity().route_name.as_deref();
    html! {
        div class=(if is_joined { "n j" } else { "n" }) {
            div { (time) }
            div {
                i class=(mark.class()) {}
                p { (sentence(view, row, voice)) }
                @if let Some(reason) = &row.payload.reason { p { (reason_of(view, reason, 400)) } }
                @if !changes.is_empty() { (diff(view, &changes)) }
                // A story has itself and the routes in its headings.
                @if voice == Voice::Whole {
                    p.s { (action_alone(view, row)) }
                } @else {
                    p.s { (action(view, row)) @if let Some(route) = route { " · " (stored(route)) } }
                }
            }
        }
    }
}
