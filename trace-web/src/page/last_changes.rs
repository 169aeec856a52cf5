//! The last change of each field, from the rows of a page.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::actor::actor;
use super::diff::head;
use super::row::event_link;
use crate::moment::{clock, date, day};
use crate::payload::FieldChange;
use crate::row::PageRow;
use crate::stored::stored;
use crate::texts;
use crate::value::Value;
use crate::view::View;

/// Characters of a value in the table.
const CHARACTERS: usize = 80;

/// Returns the table of the last values. The rows are newest first.
pub(super) fn last_changes(view: View<'_>, rows: &[PageRow]) -> Markup {
    let last = last(rows);
    html! {
        @if !last.is_empty() {
            h2 { (view.text(texts::LAST_CHANGES)) }
            table.g role="table" {
                (head(view, &[texts::FIELD, texts::NOW_AND_BY]))
                tbody role="rowgroup" {
                    @for (field, (change, row)) in &last {
                        tr role="row" {
                            th scope="row" role="rowheader" { (stored(field)) }
                            td role="cell" {
                                (Value::of(change.to.as_deref()).short(&view.settings.texts, CHARACTERS))
                                br; small { (by(view, row)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn last(rows: &[PageRow]) -> BTreeMap<String, (FieldChange, &PageRow)> {
    let mut last = BTreeMap::new();
    for row in rows {
        for change in row.changes() {
            last.entry(change.field.clone()).or_insert((change, row));
        }
    }
    last
}

fn by(view: View<'_>, row: &PageRow) -> Markup {
    let at = row.activity().occurred_at;
    let is_today = day(at) == day(view.asked.now);
    let time = html! {
        a href=(event_link(view, row)) {
            @if is_today { (clock(at)) } @else { (date(&view.settings.texts, day(at))) }
        }
    };
    view.fill(texts::BY, &[("actor", actor(view, row)), ("time", time)])
}
