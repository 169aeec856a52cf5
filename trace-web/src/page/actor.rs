//! An actor in a sentence.

use maud::{Markup, html};

use crate::actor::{kind_for_people, parts_of, route_of};
use crate::row::PageRow;
use crate::stored::{beginning, both_ends, plain, within};
use crate::texts;
use crate::view::View;

/// Returns the actor of a row, as the subject of its sentence, behind the impersonator.
pub(super) fn actor(view: View<'_>, row: &PageRow) -> Markup {
    let activity = row.activity();
    let id = row.actor_id();
    let label = row.payload.actor_label.as_deref();
    let actor = one(view, &activity.actor_type, id.as_deref(), label);
    let Some(impersonator) = &row.payload.impersonator else {
        return actor;
    };
    let (kind, id) = parts_of(impersonator);
    view.fill(
        texts::ACTING_AS,
        &[
            ("impersonator", one(view, kind, id, None)),
            (
                "mark",
                html! { mark { (view.text(texts::ACTING_AS_MARK)) } },
            ),
            ("actor", actor),
        ],
    )
}

/// Returns one actor with a link to its page.
pub(super) fn one(view: View<'_>, kind: &str, id: Option<&str>, label: Option<&str>) -> Markup {
    let link = view.link(&route_of(kind, id));
    let people = kind_for_people(kind);
    // The name that the actor had then is stored; the application knows the one of now.
    let label = label.or_else(|| view.names.actor(kind, id?));
    let is_number = id.is_some_and(|id| id.parse::<i64>().is_ok());
    match (label, id) {
        (Some(label), Some(id)) => html! {
            a href=(link) { (within(&beginning(label, 40))) }
            " " small { (within(&format!("{people} {}", short(id)))) }
        },
        (Some(label), None) => html! {
            a href=(link) { (within(&beginning(label, 40))) } " " small { (within(&people)) }
        },
        (None, Some(id)) if is_number => html! {
            a href=(link) { (within(&format!("{} {id}", capital(&people)))) }
        },
        (None, Some(id)) => html! {
            a href=(link) title=[(id.chars().count() > 20).then(|| plain(id))] { (within(&short(id))) }
            " " small { (within(&people)) }
        },
        (None, None) if kind == "SYSTEM" => html! {
            a href=(link) { (view.text(texts::THE_SYSTEM)) }
        },
        (None, None) if kind == "ANONYMOUS" => html! {
            a href=(link) { (view.text(texts::SOMEONE)) } " " small { (view.text(texts::ANONYMOUS)) }
        },
        (None, None) => html! { a href=(link) { (within(&capital(&people))) } },
    }
}

fn short(id: &str) -> String {
    if id.chars().count() > 20 {
        both_ends(id, 8, 4)
    } else {
        id.to_owned()
    }
}

/// Returns a word with a capital in front.
pub(super) fn capital(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next();
    let first = first.into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}
