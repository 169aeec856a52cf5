//! The page of one actor.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::actor::one;
use super::bar::controls;
use super::day::table;
use super::layout::{PageFrame, layout};
use super::nothing::nothing;
use super::record;
use super::sentence::Voice;
use super::timeline::{ROWS, conditions, cursor, lacks_time, pages, rows_of};
use crate::access::Ask;
use crate::actor::{actor_of, kind_for_people, route_of};
use crate::column::Column;
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::request::{FilterField, PageFilter, Period};
use crate::row::PageRow;
use crate::stored::{both_ends, stored, within};
use crate::texts;
use crate::view::View;

/// Records and addresses that are listed.
const LISTED: usize = 12;

/// Returns the page of an actor. Without a time it has the last 30 days, since no index of every table finds an actor's rows.
pub(crate) async fn actor_page(
    view: View<'_>,
    kind: &str,
    id: Option<&str>,
) -> Result<Markup, PageFailure> {
    let mut conditions = conditions(view)?;
    conditions.push(RowCondition::Actor(actor_of(kind, id.map(str::to_owned))));
    let timeless = conditions.iter().filter(|one| !one.is_time());
    let has_time = lacks_time(&timeless.cloned().collect::<Vec<_>>());
    let default = lacks_time(&conditions).then_some(Period::Month);
    if let Some(period) = default {
        conditions.push(RowCondition::Since(period.start(view.asked.as_of)));
    }
    let ask = Ask {
        conditions,
        after: cursor(view)?,
        limit: ROWS,
        oldest_first: false,
    };
    let filter = view.asked.filter.clone();
    let filter = filter.with(FilterField::Actor, PageFilter::joined(kind, id));
    let filter = match default {
        Some(period) => filter.with(FilterField::Time, period.name()),
        None => filter,
    };
    let rows = rows_of(view, &ask, &filter).await?;
    let names = view.names_for(&rows.items).await;
    let view = view.with_names(&names);
    let people = kind_for_people(kind);
    let short = id.map(|id| both_ends(id, 22, 12));
    let title = short
        .as_ref()
        .map_or_else(|| people.clone(), |id| format!("{people} {id}"));
    let of_kind = view.link(&route_of(kind, None));
    let mut path = vec![html! { a href=(of_kind) { (stored(&people)) } }];
    path.extend(short.as_deref().map(stored));
    let label = rows
        .items
        .iter()
        .find_map(|row| row.payload.actor_label.as_deref());
    let label = label.filter(|_| id.is_some());
    let route = route_of(kind, id);
    let content = html! {
        h1 { (view.fill(texts::ACTOR_TITLE, &[("actor", one(view, &kind.to_ascii_uppercase(), id, label))])) }
        (summary(view, &rows.items))
        div.bar { p { (periods(view, kind, id, default)) } (controls(view, &filter, &rows)) }
        @if rows.items.is_empty() && view.asked.after.is_none() {
            (nothing(view, &route, &filter.clone().without(FilterField::Actor), has_time.then_some(FilterField::Time)))
        } @else {
            (table(view, &rows.items, voice(id)))
        }
        (pages(view, &rows, &route))
    };
    Ok(layout(
        view,
        &PageFrame {
            title,
            path,
            content,
        },
    ))
}

/// Returns the voice of the sentences. All actors of a kind are named.
const fn voice(id: Option<&str>) -> Voice {
    if id.is_some() {
        Voice::Theirs
    } else {
        Voice::Whole
    }
}

/// Returns the period of the page, and links to the others and to what the actor did in the name of others.
fn periods(view: View<'_>, kind: &str, id: Option<&str>, default: Option<Period>) -> Markup {
    let filter = &view.asked.filter;
    let chosen = filter
        .get(FilterField::Time)
        .and_then(Period::of)
        .or(default);
    let label = chosen.map_or(texts::BETWEEN, Period::label);
    let label = html! { (view.text(label)) };
    html! {
        (view.fill(texts::WITHIN, &[("period", label)]))
        @for period in Period::ALL {
            @if chosen != Some(period) {
                " · "
                a href=(view.asked.links.with(&route_of(kind, id), &PageFilter::clone(filter).within(period))) {
                    (view.text(period.label()))
                }
            }
        }
        @if let Some(link) = as_others(view, kind, id) { " · " a href=(link) { (view.text(texts::AS_OTHERS)) } }
    }
}

/// Returns the link to the rows of which the actor is the impersonator.
fn as_others(view: View<'_>, kind: &str, id: Option<&str>) -> Option<String> {
    let filter = PageFilter::default()
        .with(
            FilterField::Impersonator,
            PageFilter::joined(kind, Some(id?)),
        )
        .with(FilterField::Time, Period::Month.name());
    (!view.access.hidden().has(Column::Payload)).then(|| view.filtered(&filter))
}

/// Returns what the rows of the page have in common.
fn summary(view: View<'_>, rows: &[PageRow]) -> Markup {
    let records = firsts(rows.iter().filter_map(|row| {
        let activity = row.activity();
        Some((&*activity.resource, activity.resource_id.as_deref()?))
    }));
    let addresses = firsts(
        rows.iter()
            .filter_map(|row| row.activity().ip_address.as_deref()),
    );
    html! {
        @if !rows.is_empty() {
            dl.i {
                dt { (view.text(texts::ON_THIS_PAGE)) } dd { (verbs(view, rows)) }
                @if !records.is_empty() {
                    dt { (view.text(texts::TOUCHED)) }
                    dd { @for (kind, id) in records { bdi.chip { (record::one(view, kind, id)) } " " } }
                }
                @if !addresses.is_empty() {
                    dt { (view.text(texts::FROM)) }
                    dd { @for address in addresses { (from(view, address)) " " } }
                }
            }
        }
    }
}

/// Returns an address, which is a filter.
fn from(view: View<'_>, address: &str) -> Markup {
    let filter = PageFilter::default()
        .with(FilterField::Address, address)
        .with(FilterField::Time, Period::Month.name());
    html! { a href=(view.filtered(&filter)) { (within(address)) } }
}

/// Returns the first different items, in their order.
fn firsts<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut firsts = Vec::new();
    for item in items {
        if firsts.len() < LISTED && !firsts.contains(&item) {
            firsts.push(item);
        }
    }
    firsts
}

fn verbs(view: View<'_>, rows: &[PageRow]) -> Markup {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let past = row.verb().past.unwrap_or(texts::VERB_PERFORMED);
        *counts.entry(view.text(past)).or_default() += 1;
    }
    html! {
        @for (place, (verb, count)) in counts.into_iter().enumerate() {
            @if place > 0 { ", " }
            (view.fill(texts::TIMES, &[("count", html! { (count) }), ("verb", html! { (verb) })]))
        }
    }
}
