//! The form of the filter.

use maud::{Markup, html};

use crate::request::{Field, Filter, Period, Route};
use crate::texts;
use crate::view::View;

/// Returns the form, filled as the address is.
pub(super) fn form(view: View<'_>) -> Markup {
    let filter = &view.asked.filter;
    let is_open = Field::FURTHER
        .into_iter()
        .any(|field| filter.get(field).is_some());
    html! {
        form #f method="get" action=(view.link(&Route::Timeline)) {
            (input(view, filter, Field::Actor))
            (input(view, filter, Field::Action))
            (input(view, filter, Field::Resource))
            (times(view, filter))
            button { (view.text(texts::APPLY)) }
            details open[is_open] {
                summary { (view.text(texts::MORE_FILTERS)) }
                div {
                    @for field in Field::FURTHER {
                        @if !field.column().is_some_and(|column| view.access.hidden().has(column)) {
                            (input(view, filter, field))
                        }
                    }
                }
            }
        }
    }
}

fn input(view: View<'_>, filter: &Filter, field: Field) -> Markup {
    html! {
        label {
            (view.text(field.label()))
            input name=(field.name()) value=[filter.get(field)] placeholder=(field.example()) maxlength="255"
                autocomplete="off" spellcheck="false" dir="auto";
        }
    }
}

fn times(view: View<'_>, filter: &Filter) -> Markup {
    let chosen = filter.get(Field::Time);
    let is_range = filter.get(Field::Since).is_some() || filter.get(Field::Before).is_some();
    let any = if is_range {
        texts::BETWEEN
    } else {
        texts::ANY_TIME
    };
    html! {
        label {
            (view.text(texts::TIME))
            select name=(Field::Time.name()) {
                option value="" { (view.text(any)) }
                @for period in Period::ALL {
                    option value=(period.name()) selected[chosen == Some(period.name())] {
                        (view.text(period.label()))
                    }
                }
            }
        }
    }
}
