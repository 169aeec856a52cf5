//! Copying of ids.

use behavior_trace_servers::{Browser, Key};

use super::rows;
use super::scenes::event;
use super::served::Served;
use super::start;

/// Presses the copy button of an element, and checks the text by pasting it.
#[track_caller]
fn copies(browser: &Browser, served: &Served, element: &str, text: &str) {
    let button = format!("{element}.querySelector('button')");
    browser
        .run_script(&format!("{button}.focus()"))
        .expect("focused");
    browser.press(&[Key::Enter]).expect("pressed");
    browser
        .wait_until(&format!("{button}.textContent === '✓'"))
        .expect("copied");
    browser.goto(&served.at("")).expect("opened");
    browser
        .find("input[name=actor]")
        .expect("a field")
        .click()
        .expect("clicked");
    browser
        .press(&[Key::Control, Key::Char('v')])
        .expect("pressed");
    let value = format!("document.activeElement.value === '{text}'");
    browser.wait_until(&value).expect(text);
}

#[test]
fn each_copy_button_copies_what_is_beside_it() {
    let rows = rows::all();
    let row = rows.last().expect("a row");
    let (browser, served) = (start(), Served::with(&rows));
    let id = row.event_id.to_string();
    let request = row.request_id.clone().expect("a request").into_owned();
    for (label, text) in [
        ("Event", &id),
        ("Request", &request),
        ("Correlation", &rows::APPROVAL.to_owned()),
    ] {
        browser.goto(&served.at(&event(row))).expect("opened");
        let place = format!(
            "[...document.querySelectorAll('dt')].find(e => e.textContent === '{label}').nextElementSibling"
        );
        copies(&browser, &served, &place, text);
    }
}

#[test]
fn the_request_of_a_heading_of_a_story_is_copied() {
    let (browser, served) = (start(), Served::with(&rows::all()));
    let story = served.at(&format!("/story/{}", rows::APPROVAL));
    browser.goto(&story).expect("opened");
    copies(
        &browser,
        &served,
        "document.querySelector('h2')",
        "req_01JDV6W3",
    );
}
