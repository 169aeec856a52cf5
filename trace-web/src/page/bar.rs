//! The bar above the rows: the filters in use, and what can be done with the rows.

use maud::{Markup, html};

use crate::request::{Field, Period};
use crate::stored::stored;
use crate::texts;
use crate::view::View;

/// Returns the bar.
pub(super) fn bar(view: View<'_>) -> Markup {
    html! {
        div.bar {
            @for (field, text) in view.asked.filter.fields() {
                span.chip {
                    (in_words(view, field, text)) " "
                    a href=(view.filtered(&view.asked.filter.clone().without(field)))
                        title=(view.text(texts::REMOVE)) aria-label=(view.text(texts::REMOVE)) { "×" }
                }
            }
        }
    }
}

/// Returns a field of the filter in words.
pub(super) fn in_words(view: View<'_>, field: Field, text: &str) -> Markup {
    if field == Field::Time {
        let label = Period::of(text).map_or(texts::ANY_TIME, Period::label);
        return html! { (view.text(label)) };
    }
    let name = html! { (view.text(field.label())) };
    let value = html! { b { (stored(text)) } };
    view.fill(texts::CHIP, &[("name", name), ("value", value)])
}
