//! The record of a row in a sentence.

use maud::{Markup, html};

use crate::request::{PageFilter, Route};
use crate::row::PageRow;
use crate::stored::{beginning, both_ends, plain, within};
use crate::texts;
use crate::view::View;

/// Returns the record that a row is about, with a link to its history; the number of records of a bulk operation.
pub(super) fn record(view: View<'_>, row: &PageRow) -> Markup {
    let activity = row.activity();
    let resource = &*activity.resource;
    let kind = || {
        let link = view.filtered(&PageFilter::resource(resource, None));
        html! { a href=(link) { (within(resource)) } }
    };
    match (&activity.resource_id, row.payload.count) {
        (Some(id), _) => one(view, resource, id),
        (None, Some(count)) => view.fill(
            if count == 1 {
                texts::RECORDS_1
            } else {
                texts::RECORDS
            },
            &[
                ("count", html! { b { (grouped(count)) } }),
                ("resource", kind()),
            ],
        ),
        (None, None) => view.fill(texts::RECORD_WITHOUT_ID, &[("resource", kind())]),
    }
}

/// Returns one record with a link to its history.
pub(super) fn one(view: View<'_>, resource: &str, id: &str) -> Markup {
    let link = view.link(&Route::Resource {
        kind: resource.to_owned(),
        id: id.to_owned(),
    });
    let is_long = id.chars().count() > 40;
    let short = if is_long {
        both_ends(id, 22, 12)
    } else {
        id.to_owned()
    };
    html! {
        a href=(link) title=[is_long.then(|| plain(id))] { (within(&format!("{resource} {short}"))) }
        (name_of(view, resource, id))
    }
}

/// Returns the application's name of a record, behind its kind and id.
pub(super) fn name_of(view: View<'_>, resource: &str, id: &str) -> Markup {
    html! {
        @if let Some(name) = view.names.resource(resource, id) { " " small { (within(&beginning(name, 40))) } }
    }
}

/// Returns a number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [7, 1_240, 1_000_000].map(grouped),
            ["7", "1,240", "1,000,000"]
        );
    }
}
