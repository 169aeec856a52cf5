//! The pages of requests that failed.

use maud::{Markup, html};

use super::form::form;
use super::layout::{PageFrame, layout};
use crate::failure::PageFailure;
use crate::request::{BadFilter, Route};
use crate::stored::stored_beginning;
use crate::texts::{self, PageText};
use crate::view::View;

/// Returns the page of a failure. It has no word of the database's.
pub(crate) fn failure(view: View<'_>, failure: &PageFailure, reference: &str) -> Markup {
    let (title, why) = words(failure);
    let title = view.text(title);
    let content = html! {
        @if let PageFailure::BadFilter(_) | PageFailure::Unavailable(_) = failure { (form(view)) }
        section.card.bad {
            h1 { (title) }
            @match failure {
                PageFailure::BadFilter(bad) => p { (bad_filter(view, bad)) },
                _ => p { (view.text(why)) },
            }
            p { (remedy(view, failure)) }
            @if let PageFailure::Unavailable(_) | PageFailure::Broken(_) = failure {
                p.s { (view.fill(texts::REFERENCE, &[
                    ("status", html! { (failure.status().as_u16()) }),
                    ("reference", html! { code { (reference) } }),
                ])) }
            }
        }
    };
    let frame = PageFrame {
        title: title.to_owned(),
        path: vec![html! { (failure.status().as_u16()) }],
        content,
    };
    layout(view, &frame)
}

const fn words(failure: &PageFailure) -> (PageText, PageText) {
    match failure {
        PageFailure::NotFound => (texts::NOT_FOUND, texts::NOT_FOUND_WHY),
        PageFailure::NoViewer => (texts::NO_VIEWER, texts::NO_VIEWER_WHY),
        PageFailure::Method => (texts::NOT_ALLOWED, texts::NOT_ALLOWED_WHY),
        PageFailure::BadFilter(bad) => (texts::NOT_UNDERSTOOD, bad.form),
        PageFailure::NeedsTime => (texts::NEEDS_TIME, texts::NEEDS_TIME_EXPORT),
        PageFailure::TooManyTails => (texts::TOO_MANY_TAILS, texts::TOO_MANY_TAILS_WHY),
        PageFailure::TooManyExports => (texts::TOO_MANY_EXPORTS, texts::TOO_MANY_EXPORTS_WHY),
        PageFailure::Unavailable(_) => (texts::UNAVAILABLE, texts::UNAVAILABLE_WHY),
        PageFailure::Broken(_) => (texts::BROKEN, texts::BROKEN_WHY),
    }
}

fn bad_filter(view: View<'_>, bad: &BadFilter) -> Markup {
    view.fill(
        texts::FILTER_BAD,
        &[
            ("name", html! { (view.text(bad.field)) }),
            (
                "value",
                html! { code { (stored_beginning(&bad.value, 100)) } },
            ),
            ("form", html! { (view.text(bad.form)) }),
        ],
    )
}

fn remedy(view: View<'_>, failure: &PageFailure) -> Markup {
    match failure {
        PageFailure::Unavailable(_) => {
            let route = view.asked.route.clone().unwrap_or(Route::Timeline);
            let again = view.asked.links.with(&route, &view.asked.filter);
            html! { a href=(again) { (view.text(texts::TRY_AGAIN)) } }
        }
        PageFailure::NoViewer => html! {},
        _ => view.link_to(&Route::Timeline, texts::TO_ACTIVITY),
    }
}

/// Returns the page of a person without a viewer, which shows nothing but that.
pub(crate) fn no_viewer(title: &str, why: &str, language: &str) -> Markup {
    html! {
        (maud::DOCTYPE)
        html lang=(language) {
            head { meta charset="utf-8"; title { (title) } }
            body { h1 { (title) } p { (why) } }
        }
    }
}
