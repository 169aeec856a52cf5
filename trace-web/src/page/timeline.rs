//! The timeline: all rows that the filter finds, newest first.

use maud::{Markup, html};

use super::bar::{chips, controls};
use super::day::table;
use super::form::form;
use super::layout::{PageFrame, layout};
use super::nothing::{first_run, needs_time, nothing};
use super::sentence::Voice;
use crate::access::{Ask, PageRows};
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::request::{BadFilter, PageFilter, Route};
use crate::tail;
use crate::texts;
use crate::view::View;

/// Rows of a page.
pub(crate) const ROWS: usize = 50;

/// Returns the page that the address asks for.
pub(crate) async fn timeline(view: View<'_>) -> Result<Markup, PageFailure> {
    let conditions = conditions(view)?;
    if lacks_time(&conditions) {
        return Ok(page(view, &html! {}, &needs_time(view)));
    }
    let ask = Ask {
        conditions,
        after: cursor(view)?,
        limit: ROWS,
        oldest_first: false,
    };
    let rows = rows_of(view, &ask, &view.asked.filter).await?;
    let names = view.names_for(&rows.items).await;
    let view = view.with_names(&names);
    let controls = controls(view, &view.asked.filter, &rows);
    Ok(page(view, &controls, &list(view, &rows)))
}

/// Fetches the rows of a list. A tail goes on with those that `filter` finds, if it can be one.
pub(super) async fn rows_of(
    view: View<'_>,
    ask: &Ask,
    filter: &PageFilter,
) -> Result<PageRows, PageFailure> {
    let tail = tail::conditions(view, filter).ok();
    Ok(view.access.list(ask, tail.as_deref()).await?)
}

/// Returns the conditions of the address.
pub(crate) fn conditions(view: View<'_>) -> Result<Vec<RowCondition>, PageFailure> {
    let asked = view.asked;
    let conditions = asked.filter.conditions(asked.as_of, view.access.hidden());
    conditions.map_err(PageFailure::BadFilter)
}

/// Returns whether conditions would read the whole table: there are some, no index serves one, and none is a time from which
/// rows are read.
pub(crate) fn lacks_time(conditions: &[RowCondition]) -> bool {
    let is_bounded = |condition: &RowCondition| {
        condition.has_index() || matches!(condition, RowCondition::Since(_))
    };
    conditions.iter().any(|condition| !condition.is_time()) && !conditions.iter().any(is_bounded)
}

/// Returns the cursor of the address.
pub(crate) fn cursor(view: View<'_>) -> Result<Option<behavior_trace_store::Cursor>, PageFailure> {
    let Some(text) = &view.asked.after else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| bad_cursor(view))
}

/// Returns the failure of a cursor that does not belong to the filter.
pub(crate) fn bad_cursor(view: View<'_>) -> PageFailure {
    PageFailure::BadFilter(BadFilter {
        field: texts::CURSOR,
        value: view.asked.after.clone().unwrap_or_default(),
        form: texts::FORM_CURSOR,
    })
}

fn page(view: View<'_>, controls: &Markup, content: &Markup) -> Markup {
    let title = view.text(texts::ACTIVITY);
    let content =
        html! { h1 { (title) } (form(view)) div.bar { (chips(view)) (controls) } (content) };
    let frame = PageFrame {
        title: title.to_owned(),
        path: Vec::new(),
        content,
    };
    layout(view, &frame)
}

fn list(view: View<'_>, rows: &PageRows) -> Markup {
    let is_first = view.asked.after.is_none();
    if rows.items.is_empty() && is_first {
        return if view.asked.filter.is_empty() {
            first_run(view)
        } else {
            nothing(view, &Route::Timeline, &view.asked.filter, None)
        };
    }
    html! {
        (table(view, &rows.items, Voice::Whole))
        (pages(view, rows, &Route::Timeline))
    }
}

/// Returns the links to the first and the further rows of a route. Those of a story are oldest first.
pub(super) fn pages(view: View<'_>, rows: &PageRows, route: &Route) -> Markup {
    let asked = view.asked;
    let (first, further) = match route {
        Route::Story(_) => (texts::FIRST, texts::LATER),
        _ => (texts::NEWEST, texts::OLDER),
    };
    let begin = asked.links.with(route, &asked.filter);
    html! {
        nav.pages {
            @if asked.after.is_some() { a href=(begin) { (view.text(first)) } " " }
            @if let Some(cursor) = &rows.next {
                a rel="next" href=(next(view, route, &cursor.to_string())) { (view.text(further)) }
            }
        }
    }
}

/// Returns the link to further rows. The periods of the filter stay those of the first page.
fn next(view: View<'_>, route: &Route, cursor: &str) -> String {
    let asked = view.asked;
    let filter = asked.filter.to_query();
    let and = if filter.is_empty() { "" } else { "&" };
    let query = format!(
        "{filter}{and}now={}&after={cursor}",
        asked.as_of.as_micros()
    );
    view.asked.links.with_query(route, &query)
}
