//! The bar above the rows: the filters in use, and what can be done with the rows.

use maud::{Markup, html};

use super::record::grouped;
use crate::access::PageRows;
use crate::export::MAX_ROWS;
use crate::request::{ExportRoute, FilterField, PageFilter, Period, Route, with_query};
use crate::stored::stored;
use crate::texts;
use crate::view::View;

/// Returns the filters in use, each with a link that removes it.
pub(super) fn chips(view: View<'_>) -> Markup {
    let filter = &view.asked.filter;
    html! {
        @for (field, text) in filter.fields() {
            span.chip {
                (in_words(view, field, text)) " "
                a href=(view.filtered(&filter.clone().without(field)))
                    title=(view.text(texts::REMOVE)) aria-label=(view.text(texts::REMOVE)) { "×" }
            }
        }
    }
}

/// Returns the controls of a list: density, zone, exports and the live tail. `filter` finds the rows of the list. Controls
/// of the script are hidden until it runs.
pub(super) fn controls(view: View<'_>, filter: &PageFilter, rows: &PageRows) -> Markup {
    let export = |format| view.asked.links.with(&Route::Export(format), filter);
    let limit = u64::try_from(MAX_ROWS).unwrap_or(u64::MAX);
    let limit = view
        .text(texts::EXPORT_LIMIT)
        .replace("{count}", &grouped(limit));
    html! {
        span.end {
            (density(view))
            button #zone type="button" hidden { (view.text(texts::LOCAL_TIME)) }
            " " span title=(limit) {
                (view.text(texts::EXPORT)) " "
                a href=(export(ExportRoute::Csv)) { "CSV" } " "
                a href=(export(ExportRoute::JsonLines)) { "JSONL" }
            }
            @if view.asked.after.is_none() { " " (live(view, filter, rows)) }
        }
    }
}

/// Returns the choice of the height of rows. It works by the stylesheet, and goes with the form.
fn density(view: View<'_>) -> Markup {
    let is_dense = view.asked.links.is_dense();
    html! {
        label { input type="radio" name="dense" value="" form="f" checked[!is_dense]; (view.text(texts::ROOMY)) }
        label { input #dense type="radio" name="dense" value="1" form="f" checked[is_dense]; (view.text(texts::DENSE)) }
        " "
    }
}

/// Returns the button of the live tail, which begins where the table ended when the page was read.
fn live(view: View<'_>, filter: &PageFilter, rows: &PageRows) -> Markup {
    let end = rows.end.as_ref();
    let query = filter.clone().at_any_time().to_query();
    let and = if query.is_empty() || end.is_none() {
        ""
    } else {
        "&"
    };
    let after = end.map_or(String::new(), |place| format!("after={place}"));
    let tail = with_query(view.link(&Route::Tail), &format!("{query}{and}{after}"));
    html! {
        span aria-live="polite" { button #live type="button" hidden data-tail=(tail) { (view.text(texts::GO_LIVE)) } }
    }
}

/// Returns a field of the filter in words.
pub(super) fn in_words(view: View<'_>, field: FilterField, text: &str) -> Markup {
    if field == FilterField::Time {
        let label = Period::of(text).map_or(texts::ANY_TIME, Period::label);
        return html! { (view.text(label)) };
    }
    let name = html! { (view.text(field.label())) };
    let value = html! { b { (stored(text)) } };
    view.fill(texts::CHIP, &[("name", name), ("value", value)])
}
