//! A row of the timeline.

use maud::{Markup, html};

use super::fields::second_line;
use super::sentence::{Voice, mark, sentence};
use crate::column::Column;
use crate::moment::{age, clock};
use crate::request::{FilterField, PageFilter, Period, Route, with_query};
use crate::row::PageRow;
use crate::stored::within;
use crate::texts;
use crate::view::View;

/// Returns a row. One that is joined has a line to the next row, which is of the same story.
pub(crate) fn row(view: View<'_>, row: &PageRow, voice: Voice, is_joined: bool) -> Markup {
    let mark = mark(row);
    html! {
        tr class=[is_joined.then_some("j")] {
            td { (time(view, row)) }
            td role="cell" {
                i class=(mark.class()) {}
                p { (sentence(view, row, voice)) }
                @if let Some(line) = second_line(view, row) { (line) }
                p.a { (action(view, row)) }
            }
        }
    }
}

/// Returns the time of a row, with a link to its event, and its age.
pub(super) fn time(view: View<'_>, row: &PageRow) -> Markup {
    let at = row.activity().occurred_at;
    html! {
        a.t href=(event_link(view, row)) { (clock(at)) }
        @if let Some(age) = age(&view.settings.texts, at, view.asked.now) { small { (age) } }
    }
}

/// Returns the link to the event of a row. No index of every table finds an event by its id alone, so the link has its time.
pub(super) fn event_link(view: View<'_>, row: &PageRow) -> String {
    let activity = row.activity();
    let event = Route::Event(activity.event_id.to_string());
    let at = activity.occurred_at.as_micros();
    with_query(view.link(&event), &format!("at={at}"))
}

/// Returns the action of a row, and the link to its story.
pub(super) fn action(view: View<'_>, row: &PageRow) -> Markup {
    html! {
        (action_alone(view, row))
        @if let Some(story) = story(view, row) { " " a href=(story) { (view.text(texts::STORY)) } }
    }
}

/// Returns the action of a row, which is a filter.
pub(super) fn action_alone(view: View<'_>, row: &PageRow) -> Markup {
    let activity = row.activity();
    let filter = PageFilter::default()
        .with(FilterField::Action, &*activity.action)
        .with(FilterField::Time, Period::Week.name());
    html! {
        a href=(view.filtered(&filter)) { code { (within(&activity.action)) } }
    }
}

fn story(view: View<'_>, row: &PageRow) -> Option<String> {
    let correlation = row.activity().correlation_id.as_deref()?;
    let is_hidden = view.access.hidden().has(Column::CorrelationId);
    (!is_hidden).then(|| view.link(&Route::Story(correlation.to_owned())))
}
