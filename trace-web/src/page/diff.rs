//! The table of changes, field by field.

use std::collections::HashSet;

use maud::{Markup, html};

use crate::difference::{Cut, cut};
use crate::payload::{FieldChange, items};
use crate::stored::{both_ends, stored, visible, within};
use crate::texts::{self, PageText};
use crate::value::Value;
use crate::view::View;

/// Characters around a difference.
const CONTEXT: usize = 48;

/// Returns the table of changes. One of a creation or a deletion has a single column of values.
pub(super) fn diff(view: View<'_>, changes: &[FieldChange]) -> Markup {
    let is_new = changes.iter().all(|change| change.from.is_none());
    let is_gone = changes.iter().all(|change| change.to.is_none());
    let columns: &[PageText] = if is_new || is_gone {
        &[texts::FIELD, texts::VALUE]
    } else {
        &[texts::FIELD, texts::BEFORE_IT, texts::AFTER_IT]
    };
    html! {
        table.g role="table" {
            (head(view, columns))
            tbody role="rowgroup" {
                @for change in changes {
                    tr role="row" {
                        th scope="row" role="rowheader" { (stored(&change.field)) }
                        @if is_new {
                            td role="cell" { (side(view, change.to.as_deref(), Side::After)) }
                        } @else if is_gone {
                            td role="cell" { (side(view, change.from.as_deref(), Side::Before)) }
                        } @else {
                            (both(view, change))
                        }
                    }
                }
            }
        }
    }
}

/// Returns the headings of a table that a narrow page stacks. Stacked, its elements are no table any more to some browsers, so
/// each one has its role.
pub(super) fn head(view: View<'_>, columns: &[PageText]) -> Markup {
    html! {
        thead role="rowgroup" {
            tr role="row" { @for column in columns { th scope="col" role="columnheader" { (view.text(*column)) } } }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl Side {
    fn of(self, content: &Markup) -> Markup {
        match self {
            Self::Before => html! { del { (content) } },
            Self::After => html! { ins { (content) } },
        }
    }
}

fn side(view: View<'_>, json: Option<&str>, side: Side) -> Markup {
    let value = Value::of(json);
    let whole = value.whole(&view.settings.texts);
    if json.is_none() {
        whole
    } else {
        side.of(&whole)
    }
}

fn both(view: View<'_>, change: &FieldChange) -> Markup {
    let (from, to) = (change.from.as_deref(), change.to.as_deref());
    let (before, after) = (Value::of(from), Value::of(to));
    let (before, after) = match (&before, &after) {
        (Value::Masked, Value::Masked) => {
            let masked = before.whole(&view.settings.texts);
            let another = html! { (masked) " " (view.text(texts::ANOTHER)) };
            (Side::Before.of(&masked), Side::After.of(&another))
        }
        (Value::Text(_), Value::Text(_)) if is_list(from) && is_list(to) => lists(from, to),
        (Value::Text(one), Value::Text(other)) => {
            let (one, other) = cut(one, other);
            (
                Side::Before.of(&marked(&one)),
                Side::After.of(&marked(&other)),
            )
        }
        _ => (side(view, from, Side::Before), side(view, to, Side::After)),
    };
    html! { td role="cell" { (before) } td role="cell" { (after) } }
}

/// Returns a text with its difference marked, and the text around it shortened.
fn marked(cut: &Cut<'_>) -> Markup {
    if cut.start.is_empty() && cut.end.is_empty() {
        return within(cut.core);
    }
    let start = both_ends(cut.start, 0, CONTEXT);
    let end = both_ends(cut.end, CONTEXT, 0);
    html! { (visible(&start)) @if !cut.core.is_empty() { b { (visible(cut.core)) } } (visible(&end)) }
}

fn is_list(json: Option<&str>) -> bool {
    json.is_some_and(|json| json.starts_with('['))
}

/// Returns two lists, in which the items that the other one lacks are marked.
fn lists(from: Option<&str>, to: Option<&str>) -> (Markup, Markup) {
    let (before, after) = (
        items(from.unwrap_or_default()),
        items(to.unwrap_or_default()),
    );
    (
        Side::Before.of(&list(&before, &after)),
        Side::After.of(&list(&after, &before)),
    )
}

fn list(items: &[String], others: &[String]) -> Markup {
    let others: HashSet<&String> = others.iter().collect();
    html! {
        @for (place, item) in items.iter().enumerate() {
            @if place > 0 { ", " }
            @if others.contains(item) { (stored(item)) } @else { b { (stored(item)) } }
        }
    }
}

/// Returns the table of the application's own values.
pub(super) fn entries(view: View<'_>, entries: &[(String, String)]) -> Markup {
    html! {
        table.g role="table" {
            (head(view, &[texts::ENTRY, texts::VALUE]))
            tbody role="rowgroup" {
                @for (key, value) in entries {
                    tr role="row" {
                        th scope="row" role="rowheader" { (stored(key)) }
                        td role="cell" { (Value::of(Some(value)).whole(&view.settings.texts)) }
                    }
                }
            }
        }
    }
}
