//! One event with everything that was recorded.

use behavior_trace_core::Timestamp;
use maud::{Markup, html};
use uuid::Uuid;

use super::actor::actor;
use super::diff::{diff, entries};
use super::fields::reason_of;
use super::json::json;
use super::layout::{PageFrame, layout};
use super::nothing::event_needs_time;
use super::record::record;
use super::row::action_alone;
use super::sentence::{Voice, mark, sentence};
use crate::access::Ask;
use crate::column::Column;
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::moment::{age, clock};
use crate::page::timeline::{conditions, lacks_time};
use crate::request::{FilterField, PageFilter, Route};
use crate::row::PageRow;
use crate::stored::{visible, within};
use crate::texts::{self, PageText};
use crate::view::View;

/// Returns the page of the event with this id. A row that the viewer may not see does not exist.
pub(crate) async fn event(view: View<'_>, id: &str) -> Result<Markup, PageFailure> {
    let id: Uuid = id.parse().map_err(|_| PageFailure::NotFound)?;
    let mut asked_for = conditions(view)?;
    asked_for.push(RowCondition::Event(id));
    if let Some(at) = view.asked.at {
        asked_for.push(RowCondition::Since(at));
        let after = at.as_micros().saturating_add(1);
        asked_for.push(RowCondition::Before(Timestamp::from_micros(after)));
    }
    if lacks_time(&asked_for) {
        let content = event_needs_time(view, &Route::Event(id.to_string()));
        return Ok(page(view, Vec::new(), content));
    }
    let ask = Ask {
        conditions: asked_for,
        after: None,
        limit: 1,
        oldest_first: false,
    };
    let rows = view.access.page(&ask).await?.items;
    let row = rows.first().ok_or(PageFailure::NotFound)?;
    let names = view.names_for([row]).await;
    let view = view.with_names(&names);
    Ok(page(view, vec![named(view, row)], content(view, row)))
}

fn page(view: View<'_>, mut path: Vec<Markup>, content: Markup) -> Markup {
    let title = view.text(texts::EVENT);
    path.push(html! { (title) });
    let frame = PageFrame {
        title: title.to_owned(),
        path,
        content,
    };
    layout(view, &frame)
}

fn content(view: View<'_>, row: &PageRow) -> Markup {
    let mark = mark(row);
    let payload = &row.payload;
    let changes = row.changes();
    html! {
        h1.e { i class=(format!("{} o", mark.class())) {} " " (sentence(view, row, Voice::Whole)) }
        @if let Some(reason) = &payload.reason { p { (reason_of(view, reason, 2_000)) } }
        div.two {
            div {
                @if !changes.is_empty() { h2 { (view.text(texts::WHAT_CHANGED)) } (diff(view, &changes)) }
                @if !payload.diff.is_empty() && !payload.others.is_empty() {
                    h2 { (view.text(texts::WHAT_ELSE)) } (entries(view, &payload.others))
                }
                h2 { (view.text(texts::AS_JSON)) }
                details {
                    summary { (view.text(texts::SHOW_JSON)) }
                    pre { (visible(&json(row))) }
                }
            }
            aside { (columns(view, row)) (links(view, row)) }
        }
    }
}

fn columns(view: View<'_>, row: &PageRow) -> Markup {
    let activity = row.activity();
    let at = activity.occurred_at;
    let time = html! { time datetime=(at.to_rfc3339()) { (clock(at)) } };
    let damaged = &row.stored.damaged;
    html! {
        dl.i {
            (column(view, texts::EVENT, &id(&activity.event_id.to_string())))
            (column(view, texts::WHEN, &html! {
                (view.fill(texts::AT_UTC, &[("time", time)]))
                @if let Some(age) = age(&view.settings.texts, at, view.asked.now) { br; small { (age) } }
                br; small { code { (at.to_rfc3339()) } }
            }))
            (column(view, texts::ACTOR, &view.fill(texts::ACTOR_TITLE, &[("actor", actor(view, row))])))
            (column(view, texts::ACTION, &action_alone(view, row)))
            (column(view, texts::RECORD, &named(view, row)))
            (optional(view, texts::ROUTE, activity.route_name.as_deref(), Column::RouteName))
            (optional(view, texts::REQUEST, activity.request_id.as_deref(), Column::RequestId))
            (optional(view, texts::CORRELATION, activity.correlation_id.as_deref(), Column::CorrelationId))
            (optional(view, texts::ADDRESS, activity.ip_address.as_deref(), Column::IpAddress))
            (optional(view, texts::BROWSER, activity.user_agent.as_deref(), Column::UserAgent))
            // The rest of the payload is beside, if it is not hidden.
            (optional(view, texts::PAYLOAD, None, Column::Payload))
            (optional(view, texts::NAME_OF_ACTOR, None, Column::ActorLabel))
        }
        @if !damaged.is_empty() {
            p.s { (view.fill(texts::DAMAGED, &[("columns", html! { code { (damaged.join(", ")) } })])) }
        }
    }
}

/// Returns the record of a row outside a sentence.
fn named(view: View<'_>, row: &PageRow) -> Markup {
    view.fill(texts::RECORD_TITLE, &[("record", record(view, row))])
}

fn column(view: View<'_>, name: PageText, value: &Markup) -> Markup {
    html! { dt { (view.text(name)) } dd { (value) } }
}

fn id(text: &str) -> Markup {
    html! { code { (within(text)) } }
}

/// Returns a column that a row may lack. A hidden one is said to be hidden, whether it has a value or not.
fn optional(view: View<'_>, name: PageText, value: Option<&str>, hidden: Column) -> Markup {
    if view.access.hidden().has(hidden) {
        return column(view, name, &html! { em { (view.text(texts::HIDDEN)) } });
    }
    html! { @if let Some(value) = value { (column(view, name, &id(value))) } }
}

fn links(view: View<'_>, row: &PageRow) -> Markup {
    let activity = row.activity();
    let story = activity.correlation_id.as_ref();
    let history = activity.resource_id.as_ref().map(|id| Route::Resource {
        kind: activity.resource.to_string(),
        id: id.to_string(),
    });
    let before = PageFilter::default().with(FilterField::Before, activity.occurred_at.to_rfc3339());
    html! {
        p.do {
            @if let Some(story) = story { (view.link_to(&Route::Story(story.to_string()), texts::TO_STORY)) }
            @if let Some(history) = history {
                (view.link_to(&history, texts::TO_HISTORY))
                a href=(view.asked.links.with(&history, &before)) { (view.text(texts::CHANGE_BEFORE)) }
            }
        }
    }
}
