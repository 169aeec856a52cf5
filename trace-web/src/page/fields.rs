//! The second line of a row: the reason, and the first changes.

use maud::{Markup, html};

use crate::payload::FieldChange;
use crate::row::PageRow;
use crate::stored::{beginning, stored, stored_beginning, within};
use crate::texts;
use crate::value::Value;
use crate::view::View;

/// Changes in the line of a row.
const SHOWN: usize = 2;
/// Characters of a value in it.
const CHARACTERS: usize = 34;
/// Ids of a bulk operation in it.
const IDS: usize = 3;

/// Returns the second line of a row, if it has something to show.
pub(super) fn second_line(view: View<'_>, row: &PageRow) -> Option<Markup> {
    let changes = row.changes();
    let payload = &row.payload;
    let is_bulk = row.activity().resource_id.is_none() && !payload.ids.is_empty();
    if payload.reason.is_none() && changes.is_empty() && !is_bulk {
        return None;
    }
    Some(html! {
        p.f {
            @if let Some(reason) = &payload.reason { (reason_of(view, reason, 120)) " " }
            @for change in changes.iter().take(SHOWN) { (field(view, change)) }
            @if changes.len() > SHOWN {
                (view.fill(texts::MORE, &[("count", html! { (changes.len() - SHOWN) })]))
            }
            @if is_bulk { (among_them(view, &payload.ids)) }
        }
    })
}

/// Returns a reason in quotes.
pub(super) fn reason_of(view: View<'_>, reason: &str, characters: usize) -> Markup {
    let reason = stored_beginning(reason, characters);
    html! { q { (view.fill(texts::REASON, &[("reason", reason)])) } }
}

fn field(view: View<'_>, change: &FieldChange) -> Markup {
    let texts = &view.settings.texts;
    let before = Value::of(change.from.as_deref());
    let after = Value::of(change.to.as_deref());
    html! {
        span {
            (within(&beginning(&change.field, CHARACTERS)))
            @if !before.is_words() { " " del { (before.short(texts, CHARACTERS)) } }
            @if change.to.is_some() { " " ins { (after.short(texts, CHARACTERS)) } }
        }
        " "
    }
}

fn among_them(view: View<'_>, ids: &[String]) -> Markup {
    let first: Vec<&str> = ids.iter().take(IDS).map(String::as_str).collect();
    let more = if ids.len() > IDS { " …" } else { "" };
    let ids = stored(&format!("{}{more}", first.join(", ")));
    view.fill(texts::AMONG_THEM, &[("ids", ids)])
}
