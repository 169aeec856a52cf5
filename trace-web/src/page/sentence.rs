//! An event as a sentence.

use maud::{Markup, html};

use super::actor::{actor, capital};
use super::record::record;
use crate::payload::FieldChange;
use crate::row::PageRow;
use crate::stored::within;
use crate::texts::{self, PageText};
use crate::value::Value;
use crate::verb::VerbMark;
use crate::view::View;

/// The page on which a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// A list of all: with actor and record.
    Whole,
    /// The history of one record.
    Here,
    /// The page of one actor.
    Theirs,
}

/// The forms of one sentence, by the page.
type Forms = [PageText; 3];

const DONE: Forms = [texts::DONE, texts::HERE_DONE, texts::THEIR_DONE];
const CHANGED: Forms = [texts::CHANGED, texts::HERE_CHANGED, texts::THEIR_CHANGED];
const ASSIGNED_TO: Forms = [
    texts::ASSIGNED_TO,
    texts::HERE_ASSIGNED_TO,
    texts::THEIR_ASSIGNED_TO,
];
const PERFORMED: Forms = [
    texts::PERFORMED,
    texts::HERE_PERFORMED,
    texts::THEIR_PERFORMED,
];

/// Returns the mark of a row.
pub(super) fn mark(row: &PageRow) -> VerbMark {
    if row.payload.is_commit_unknown {
        VerbMark::Unknown
    } else {
        row.verb().mark
    }
}

/// Returns the sentence of a row.
pub(super) fn sentence(view: View<'_>, row: &PageRow, voice: Voice) -> Markup {
    // The person behind an actor is named on the actor's own page too.
    let voice = match voice {
        Voice::Theirs if row.payload.impersonator.is_some() => Voice::Whole,
        other => other,
    };
    let (forms, past, value) = form(row);
    let text = forms[voice as usize];
    let sentence = view.fill(
        text,
        &[
            ("actor", actor(view, row)),
            ("verb", verb(view, row, past, voice)),
            ("record", record(view, row)),
            ("fields", fields(view, &row.payload.diff)),
            (
                "action",
                html! { code { (within(&row.activity().action)) } },
            ),
            (
                "value",
                value.map_or(
                    html! {},
                    |value| html! { b { (value.short(&view.settings.texts, 34)) } },
                ),
            ),
        ],
    );
    html! {
        (sentence)
        @if row.payload.is_commit_unknown { " " mark { (view.text(texts::COMMIT_UNKNOWN)) } }
    }
}

/// Returns the forms of a row's sentence, its verb, and the value in it.
fn form(row: &PageRow) -> (Forms, PageText, Option<Value>) {
    let verb = row.verb();
    let Some(past) = verb.past else {
        return (PERFORMED, texts::VERB_PERFORMED, None);
    };
    let diff = &row.payload.diff;
    if verb.mark == VerbMark::Assign {
        return match &diff[..] {
            [FieldChange { to, .. }] => match Value::of(to.as_deref()) {
                Value::Words(_) => (DONE, texts::verbs::past("unassign").unwrap_or(past), None),
                value => (ASSIGNED_TO, past, Some(value)),
            },
            _ => (DONE, past, None),
        };
    }
    if verb.names_fields && !diff.is_empty() {
        return (CHANGED, texts::VERB_CHANGED, None);
    }
    (DONE, past, None)
}

fn verb(view: View<'_>, row: &PageRow, past: PageText, voice: Voice) -> Markup {
    let past = html! { (view.text(past)) };
    let verb = if row.payload.is_commit_unknown {
        view.fill(texts::MAYBE, &[("verb", past)])
    } else {
        past
    };
    match voice {
        // No entity is at its front: a verb is a word.
        Voice::Theirs => maud::PreEscaped(capital(&verb.0)),
        _ => verb,
    }
}

/// Returns the names of the changed fields: at most three.
fn fields(view: View<'_>, diff: &[FieldChange]) -> Markup {
    let name = |place: usize| {
        let field = diff.get(place).map_or("", |change| &change.field);
        html! { b { (within(field)) } }
    };
    let text = match diff.len() {
        0 | 1 => texts::FIELDS_1,
        2 => texts::FIELDS_2,
        3 => texts::FIELDS_3,
        _ => texts::FIELDS_MORE,
    };
    let count = html! { (diff.len().saturating_sub(2)) };
    view.fill(
        text,
        &[
            ("a", name(0)),
            ("b", name(1)),
            ("c", name(2)),
            ("count", count),
        ],
    )
}
