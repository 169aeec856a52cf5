//! The form of the filter.

use maud::{Markup, html};

use crate::request::{FilterField, PageFilter, Period, Route};
use crate::texts;
use crate::view::View;

/// Returns the form, filled as the address is.
pub(super) fn form(view: View<'_>) -> Markup {
    let filter = &view.asked.filter;
    let is_open = FilterField::FURTHER
        .into_iter()
        .any(|field| filter.get(field).is_some());
    html! {
        form #f method="get" action=(view.link(&Route::Timeline)) autocomplete="off" spellcheck="false" {
            (input(view, filter, FilterField::Actor))
            (input(view, filter, FilterField::Action))
            (input(view, filter, FilterField::Resource))
            (times(view, filter))
            button { (view.text(texts::APPLY)) }
            details open[is_open] {
                summary { (view.text(texts::MORE_FILTERS)) }
                div {
                    @for field in FilterField::FURTHER {
                        @if !field.column().is_some_and(|column| view.access.hidden().has(column)) {
                            (input(view, filter, field))
                        }
                    }
                }
            }
        }
    }
}

fn input(view: View<'_>, filter: &PageFilter, field: FilterField) -> Markup {
    html! {
        label {
            (view.text(field.label()))
            input name=(field.name()) value=[filter.get(field)] placeholder=(field.example()) maxlength="255" dir="auto";
        }
    }
}

fn times(view: View<'_>, filter: &PageFilter) -> Markup {
    let chosen = filter.get(FilterField::Time);
    let is_range =
        filter.get(FilterField::Since).is_some() || filter.get(FilterField::Before).is_some();
    let any = if is_range {
        texts::BETWEEN
    } else {
        texts::ANY_TIME
    };
    html! {
        label {
            (view.text(texts::TIME))
            select name=(FilterField::Time.name()) {
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
