//! The frame of every page.

use maud::{DOCTYPE, Markup, html};

use crate::assets::{ICON, SCRIPT, STYLE};
use crate::moment::{clock, date, day};
use crate::request::Route;
use crate::stored::{plain, stored};
use crate::texts::{self, PageText};
use crate::view::View;

/// A page with a title, its path below the timeline, and its content.
pub(super) struct PageFrame {
    pub(super) title: String,
    pub(super) path: Vec<Markup>,
    pub(super) content: Markup,
}

/// Returns a whole page.
pub(super) fn layout(view: View<'_>, frame: &PageFrame) -> Markup {
    let asset = |name: &str| view.link(&Route::Asset(name.to_owned()));
    html! {
        (DOCTYPE)
        html lang=(view.settings.texts.language()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { (view.fill(texts::TITLE, &[("page", html! { (plain(&frame.title)) })])) }
                link rel="icon" href=(asset(ICON.name()));
                link rel="stylesheet" href=(asset(STYLE.name()));
                script defer src=(asset(SCRIPT.name())) {}
            }
            body data-words=(words(view)) {
                a.skip href="#main" { (view.text(texts::SKIP)) }
                header { (path(view, &frame.path)) (reader(view)) }
                main id="main" { (frame.content) }
                footer { (as_of(view)) " · BehaviorTrace " button #keys type="button" hidden { (view.text(texts::KEYS)) } }
            }
        }
    }
}

/// Returns the words of the script, as JSON.
fn words(view: View<'_>) -> String {
    let words = SCRIPT_WORDS.map(|(name, text)| (name.to_owned(), view.text(text).into()));
    serde_json::Value::Object(words.into_iter().collect()).to_string()
}

/// Texts that the script writes.
const SCRIPT_WORDS: [(&str, PageText); 18] = [
    ("s", texts::AGE_SECONDS),
    ("m", texts::AGE_MINUTES),
    ("h", texts::AGE_HOURS),
    ("utc", texts::TIME_UTC),
    ("local", texts::TIME_LOCAL),
    ("connecting", texts::CONNECTING),
    ("live", texts::LIVE),
    ("again", texts::RECONNECTING),
    ("off", texts::NOT_AVAILABLE),
    // Statuses of a tail that is refused for good.
    ("400", texts::NOT_UNDERSTOOD),
    ("401", texts::NO_VIEWER),
    ("403", texts::NO_VIEWER),
    ("404", texts::NOT_FOUND),
    ("new", texts::SHOW_NEW),
    ("copy", texts::COPY),
    ("list", texts::KEYS_LIST),
    ("keysoff", texts::KEYS_OFF),
    ("keyson", texts::KEYS_ON),
];

fn path(view: View<'_>, path: &[Markup]) -> Markup {
    html! {
        nav aria-label=(view.text(texts::PATH)) {
            @if let Some((name, link)) = &view.settings.home { a href=(link) { bdi { (name) } } " / " }
            @if path.is_empty() {
                (view.text(texts::ACTIVITY))
            } @else {
                (view.link_to(&Route::Timeline, texts::ACTIVITY))
            }
            @for part in path { " / " (part) }
        }
    }
}

/// Returns as whom one reads, and what that shows.
fn reader(view: View<'_>) -> Markup {
    let name = html! { b { (stored(view.access.viewer().name())) } };
    html! { p { (view.fill(texts::READ_BY, &[("name", name), ("scope", scope(view))])) } }
}

/// Returns the rows that the viewer may see, in the form of filters.
pub(super) fn scope(view: View<'_>) -> Markup {
    match view.access.viewer().scope() {
        [] => html! { (view.text(texts::ALL_RECORDS)) },
        conditions => {
            let words: Vec<String> = conditions.iter().map(|one| one.in_words().1).collect();
            stored(&words.join(", "))
        }
    }
}

fn as_of(view: View<'_>) -> Markup {
    let now = view.asked.now;
    view.fill(
        texts::AS_OF,
        &[
            ("date", date(&view.settings.texts, day(now))),
            (
                "time",
                html! { time datetime=(now.to_rfc3339()) { (clock(now)) } },
            ),
        ],
    )
}
