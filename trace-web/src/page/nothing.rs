//! Pages without rows.

use maud::{Markup, html};

use super::bar::in_words;
use super::layout::scope;
use crate::request::{FilterField, PageFilter, Period, Route};
use crate::texts;
use crate::view::View;

/// Periods that a page proposes.
const PROPOSED: [Period; 3] = [Period::Day, Period::Week, Period::Month];

/// Returns the page of a filter that no index of every table serves, with links that bound it.
pub(super) fn needs_time(view: View<'_>) -> Markup {
    let filter = &view.asked.filter;
    let mut names = html! {};
    for (place, (field, _)) in filter.fields().enumerate() {
        names = html! { (names) @if place > 0 { ", " } (view.text(field.label())) };
    }
    html! {
        section.card {
            h2 { (view.text(texts::NEEDS_TIME)) }
            p { (view.fill(texts::NEEDS_TIME_WHY, &[("filters", names)])) }
            ul {
                @for period in PROPOSED {
                    li { a href=(view.filtered(&filter.clone().within(period))) { (view.text(period.label())) } }
                }
            }
        }
    }
}

/// Returns the page of an event without a time, with links that have one.
pub(super) fn event_needs_time(view: View<'_>, event: &Route) -> Markup {
    let within = |period| PageFilter::default().within(period);
    html! {
        section.card {
            h1 { (view.text(texts::NEEDS_TIME)) }
            p { (view.text(texts::EVENT_TIME)) }
            ul {
                @for period in PROPOSED {
                    li { a href=(view.asked.links.with(event, &within(period))) { (view.text(period.label())) } }
                }
            }
        }
    }
}

/// Returns the page of a filter that finds nothing on a route, with links that widen it by one field each. `kept` is a field
/// that the route has always.
pub(super) fn nothing(
    view: View<'_>,
    route: &Route,
    filter: &PageFilter,
    kept: Option<FilterField>,
) -> Markup {
    let link = |filter: &PageFilter| view.asked.links.with(route, filter);
    let wider = wider(filter);
    let fields = filter.fields().filter(|(field, _)| kept != Some(*field));
    let fields: Vec<_> = fields.collect();
    html! {
        section.card {
            h2 { (view.text(texts::NOTHING)) }
            @if wider.is_some() || !fields.is_empty() {
                p { (view.text(texts::NOTHING_WIDEN)) }
                ul {
                    @if let Some(wider) = wider {
                        li { a href=(link(&filter.clone().within(wider))) { (view.text(wider.label())) } }
                    }
                    @for (field, text) in fields {
                        li { a href=(link(&filter.clone().without(field))) {
                            (view.fill(texts::WITHOUT, &[("filter", in_words(view, field, text))]))
                        } }
                    }
                }
            }
            p.s { (view.text(texts::NOTHING_LATE)) }
        }
    }
}

/// Returns the period after the one of the filter.
fn wider(filter: &PageFilter) -> Option<Period> {
    let period = Period::of(filter.get(FilterField::Time)?)?;
    let mut longer = Period::ALL.into_iter().skip_while(|one| *one != period);
    longer.nth(1)
}

/// Returns the page without rows and without a filter: that of an empty table, or of a scope without rows.
pub(super) fn first_run(view: View<'_>) -> Markup {
    if !view.access.viewer().scope().is_empty() {
        return html! {
            section.card {
                h2 { (view.text(texts::FIRST_IN_SCOPE)) }
                p { (view.fill(texts::FIRST_IN_SCOPE_WHY, &[("scope", scope(view))])) }
            }
        };
    }
    let example = "#[behavior_trace(action = \"user.update\", resource = \"User\", resource_id = id)]\n\
                   async fn rename(id: u64, name: &str) -> Result<(), Error> { … }";
    html! {
        section.card {
            h2 { (view.text(texts::FIRST_RUN)) }
            p { (view.text(texts::FIRST_RUN_HOW)) }
            pre { (example) }
        }
    }
}
