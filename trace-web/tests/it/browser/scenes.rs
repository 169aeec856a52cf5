//! The pages and states that each check looks at.

use behavior_trace_core::Activity;
use behavior_trace_servers::{Browser, Key};
use serde_json::json;

use super::rows::{self, APPROVAL, LONG_ID, row};
use super::served::Served;

/// The servers that the scenes are on.
pub(super) struct World {
    pub(super) full: Served,
    pub(super) empty: Served,
    pub(super) broken: Served,
    event: String,
}

impl World {
    pub(super) fn new() -> Self {
        let rows = rows::all();
        let rich = rows.iter().find(|row| row.payload.contains("_oversize"));
        Self {
            event: event(rich.expect("a rich row")),
            full: Served::with(&rows),
            empty: Served::with(&[]),
            broken: Served::without_a_database(),
        }
    }
}

/// Returns the path of a row's event.
pub(super) fn event(row: &Activity<'_>) -> String {
    format!("/event/{}?at={}", row.event_id, row.occurred_at.as_micros())
}

/// A page in a state.
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) address: String,
    /// A text that this page alone has, so that no check looks at another one.
    pub(super) text: &'static str,
    /// The status of its answer.
    pub(super) status: u16,
    /// Brings the page into the state.
    pub(super) arrange: fn(&Browser, &World),
}

impl Scene {
    /// Opens the page and waits for its state.
    pub(super) fn open(&self, browser: &Browser, world: &World) {
        browser.goto(&self.address).expect(self.name);
        (self.arrange)(browser, world);
        let text = json!(self.text);
        let has_text = format!("document.body.innerText.includes({text})");
        browser.wait_until(&has_text).expect(self.name);
    }
}

fn as_it_is(_: &Browser, _: &World) {}

fn go_to_older_rows(browser: &Browser, _: &World) {
    let older = browser.find("a[rel=next]").expect("a link");
    older.click().expect("clicked");
}

fn open_the_list_of_keys(browser: &Browser, _: &World) {
    browser.press(&[Key::Char('?')]).expect("pressed");
}

fn open_the_json(browser: &Browser, _: &World) {
    let summary = browser.find("main details summary").expect("the JSON");
    summary.click().expect("opened");
}

/// Goes live, and lets a row come while another one has the focus.
pub(super) fn hold_a_row(browser: &Browser, world: &World) {
    go_live(browser);
    browser.press(&[Key::Char('j')]).expect("pressed");
    world
        .full
        .insert(&[row(0, "order.create", "Order:5013", &json!({}))]);
    browser.wait_for("#new").expect("a row is held");
}

/// Goes live, and waits until the page is.
pub(super) fn go_live(browser: &Browser) {
    browser
        .find("#live")
        .expect("a button")
        .click()
        .expect("clicked");
    browser
        .wait_until("document.querySelector('#live').textContent === 'Live'")
        .expect("live");
}

/// Returns all scenes.
pub(super) fn scenes(world: &World) -> Vec<Scene> {
    let at = |name, path: &str, text| Scene {
        name,
        address: world.full.at(path),
        text,
        status: 200,
        arrange: as_it_is,
    };
    let failed = |name, path, text, status| Scene {
        status,
        ..at(name, path, text)
    };
    vec![
        at("timeline", "", "approved Order 5012"),
        at("timeline-dense", "?dense=1&time=24h", "approved Order 5012"),
        at(
            "filtered",
            "?action=user.*&time=365d&address=203.0.113.24",
            "created User 7",
        ),
        Scene {
            arrange: go_to_older_rows,
            ..at("older", "", "Newest events")
        },
        at("history", "/resource/User/7", "Last change of each field"),
        at(
            "history-of-a-long-id",
            &format!("/resource/Document/{}", LONG_ID.replace('/', "%2F")),
            "renamed it",
        ),
        at(
            "story",
            &format!("/story/{APPROVAL}"),
            "and 6 more events followed",
        ),
        Scene {
            arrange: open_the_json,
            ..at("event", &world.event, "\"occurred_at\"")
        },
        at(
            "event-without-time",
            &without_time(&world.event),
            "This address has no time",
        ),
        at("actor", "/actor/admin/1", "Records touched"),
        at(
            "nothing",
            "?resource=Nothing&time=24h",
            "Nothing matches these filters",
        ),
        at("needs-time", "?actor=admin:1", "Choose a time"),
        Scene {
            address: world.empty.at(""),
            ..at("empty", "", "Nothing is recorded yet")
        },
        failed(
            "error-400",
            "?since=yesterday",
            "A filter was not understood",
            400,
        ),
        failed("error-404", "/event/nothing", "There is no such page", 404),
        Scene {
            address: world.broken.at("?actor=admin:1&time=24h"),
            ..failed("error-503", "", "The activity cannot be read just now", 503)
        },
        Scene {
            arrange: open_the_list_of_keys,
            ..at("keys", "?time=24h", "Turn the keys off")
        },
        Scene {
            arrange: hold_a_row,
            ..at("held", "?time=24h", "Show 1 new")
        },
    ]
}

fn without_time(event: &str) -> String {
    event.split('?').next().unwrap_or_default().to_owned()
}
