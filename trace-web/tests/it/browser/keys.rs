//! The keyboard alone.

use behavior_trace_servers::{Browser, Key};
use serde_json::json;

use super::rows;
use super::served::Served;
use super::start;

/// All keys that act on a page.
const KEYS: &str = "jkhsacoul?/";

fn press(browser: &Browser, key: char) {
    browser.press(&[Key::Char(key)]).expect("pressed");
}

fn is(browser: &Browser, expression: &str) -> bool {
    let value = browser.run_script(&format!("return {expression}"));
    value.expect(expression) == true
}

/// Opens the timeline of a full site.
fn open() -> (Browser, Served) {
    let (browser, served) = (start(), Served::with(&rows::all()));
    browser.goto(&served.at("")).expect("opened");
    (browser, served)
}

#[test]
fn j_and_k_go_from_row_to_row_and_enter_opens_one() {
    let (browser, _served) = open();
    let at = |place: usize| {
        is(
            &browser,
            &format!("document.activeElement === document.querySelectorAll('.t')[{place}]"),
        )
    };
    for (key, place) in [('j', 0), ('j', 1), ('j', 2), ('k', 1), ('k', 0), ('k', 0)] {
        press(&browser, key);
        assert!(at(place), "{key}: row {place}");
    }
    let event = browser
        .active()
        .expect("a link")
        .attribute("href")
        .expect("read")
        .expect("an address");
    browser.press(&[Key::Enter]).expect("pressed");
    browser
        .wait_for_url(|url| url.ends_with(&event))
        .expect("opened");
}

#[test]
fn h_s_and_a_follow_the_row_with_the_focus() {
    let (browser, served) = open();
    let story = format!("/story/{}", rows::APPROVAL);
    for (key, to) in [
        ('h', "/resource/Payment/66120"),
        ('s', &story),
        ('a', "/actor/service/payments"),
    ] {
        browser.goto(&served.at("")).expect("opened");
        press(&browser, 'j');
        press(&browser, 'j');
        press(&browser, key);
        browser.wait_for_url(|url| url == served.at(to)).expect(to);
    }
    // An entry of a history and of a story is a row too.
    browser.goto(&served.at(&story)).expect("opened");
    press(&browser, 'j');
    press(&browser, 'h');
    browser
        .wait_for_url(|url| url == served.at("/resource/Order/5012"))
        .expect("the history");
}

#[test]
fn c_copies_the_id_and_slash_goes_to_the_filters_until_escape() {
    let (browser, _served) = open();
    press(&browser, 'j');
    let event = browser
        .active()
        .expect("a link")
        .attribute("href")
        .expect("read")
        .expect("an address");
    press(&browser, 'c');
    press(&browser, '/');
    let field = browser.active().expect("a field");
    assert_eq!(field.label().expect("a name"), "Actor");
    browser
        .press(&[Key::Control, Key::Char('v')])
        .expect("pressed");
    browser
        .wait_until("document.activeElement.value.length === 36")
        .expect("pasted");
    let id = browser
        .run_script("return document.activeElement.value")
        .expect("a value");
    let id = id.as_str().expect("a text");
    assert!(event.contains(&format!("/event/{id}?")), "{event}: {id}");
    browser.press(&[Key::Escape]).expect("pressed");
    assert!(is(&browser, "document.activeElement === document.body"));
}

#[test]
fn o_l_and_u_turn_the_page_go_live_and_change_the_zone() {
    let (browser, _served) = open();
    press(&browser, 'u');
    assert!(is(
        &browser,
        "document.querySelector('.l th').textContent === 'Time, local'"
    ));
    press(&browser, 'u');
    assert!(is(
        &browser,
        "document.querySelector('.l th').textContent === 'Time, UTC'"
    ));
    let says = |word: &str| format!("document.querySelector('#live').textContent === '{word}'");
    for word in ["Live", "Go live"] {
        press(&browser, 'l');
        browser.wait_until(&says(word)).expect(word);
    }
    press(&browser, 'o');
    browser
        .wait_for_url(|url| url.contains("&after="))
        .expect("older rows");
}

/// What keys change: focus, fields, list of keys, live and zone, and the address.
const STATE: &str = "[location.href, document.querySelector('#list') !== null, document.querySelector('#live').textContent,
    document.querySelector('.l th').textContent, document.activeElement.tagName, document.activeElement.name].join()";

#[test]
fn no_key_acts_in_a_field() {
    let (browser, _served) = open();
    let field = browser.find("input[name=actor]").expect("a field");
    field.click().expect("clicked");
    let state = browser
        .run_script(&format!("return {STATE}"))
        .expect("a state");
    for key in KEYS.chars() {
        press(&browser, key);
    }
    assert!(is(
        &browser,
        &format!("document.activeElement.value === {}", json!(KEYS))
    ));
    assert_eq!(
        browser
            .run_script(&format!("return {STATE}"))
            .expect("a state"),
        state
    );
}

#[test]
fn no_key_acts_together_with_another() {
    let (browser, _served) = open();
    let state = browser
        .run_script(&format!("return {STATE}"))
        .expect("a state");
    for modifier in [Key::Control, Key::Alt, Key::Meta] {
        for key in KEYS.chars() {
            browser.press(&[modifier, Key::Char(key)]).expect("pressed");
        }
        assert_eq!(
            browser
                .run_script(&format!("return {STATE}"))
                .expect("a state"),
            state,
            "{modifier:?}"
        );
    }
}

#[test]
fn the_keys_can_be_turned_off_and_stay_so() {
    let (browser, served) = open();
    let has_moved = |browser: &Browser| {
        press(browser, 'j');
        is(browser, "document.activeElement.className === 't'")
    };
    assert!(has_moved(&browser));
    press(&browser, '?');
    assert_eq!(
        browser.active().expect("a button").text().expect("a text"),
        "Turn the keys off"
    );
    browser.press(&[Key::Enter]).expect("pressed");
    assert_eq!(
        browser.active().expect("a button").text().expect("a text"),
        "Turn the keys on"
    );
    press(&browser, '?');
    assert!(is(&browser, "document.querySelector('#list') === null"));
    assert_eq!(
        browser.active().expect("a button").text().expect("a text"),
        "Keys"
    );
    assert!(!has_moved(&browser));
    browser.goto(&served.at("?time=24h")).expect("opened");
    assert!(!has_moved(&browser));
    press(&browser, '?');
    browser.press(&[Key::Enter]).expect("pressed");
    press(&browser, '?');
    assert!(has_moved(&browser));
}
