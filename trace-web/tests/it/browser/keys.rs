//! The keyboard alone.

use behavior_trace_servers::{Browser, Key};
use serde_json::{Value, json};

use super::rows;
use super::served::Served;
use super::start;

/// All keys that act on a page.
const KEYS: &str = "jkhsacoul?/";

/// Numbers each control that Tab has to reach, and returns how many there are. Of radio buttons it reaches the chosen one.
const NUMBER_CONTROLS: &str =
    "const all = [...document.querySelectorAll('a[href],button,input,select,summary')];
    const seen = all.filter(e => e.checkVisibility() && !(e.type === 'radio' && !e.checked));
    seen.forEach((e, n) => e.dataset.n = n);
    return seen.length;";

/// Returns the number of the control with the focus, and what hides its focus.
const FOCUS: &str = "const e = document.activeElement, style = getComputedStyle(e), box = e.getClientRects()[0];
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const wrong = [];
    if (style.outlineStyle !== 'solid' || parseFloat(style.outlineWidth) < 2) wrong.push('no outline');
    if (!above || !(e.contains(above) || above.contains(e) || above.contains(e.parentElement))) wrong.push('under ' + above?.outerHTML);
    return [Number(e.dataset.n ?? -1), wrong.map(w => e.outerHTML.slice(0, 90) + ': ' + w)];";

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

/// Walks over the page by Tab or by its reverse, and returns what is wrong with the walk.
fn walk(browser: &Browser, chord: &[Key]) -> Vec<String> {
    let count = browser.run_script(NUMBER_CONTROLS).expect("controls");
    let count = usize::try_from(count.as_u64().expect("a number")).expect("few");
    assert!(count > 5, "{count} controls");
    let (mut reached, mut wrong) = (vec![false; count], Vec::new());
    for _ in 0..count {
        browser.press(chord).expect("pressed");
        let focus = browser.run_script(FOCUS).expect("a focus");
        if let Some(place) = focus[0].as_u64() {
            reached[usize::try_from(place).expect("few")] = true;
        }
        let found = focus[1].as_array().cloned().unwrap_or_default();
        wrong.extend(found.iter().map(Value::to_string));
    }
    let missed = reached.iter().filter(|reached| !**reached).count();
    if missed > 0 {
        wrong.push(format!("{missed} of {count} controls are not reached"));
    }
    wrong
}

#[test]
fn tab_reaches_every_control_and_shows_where_it_is() {
    let rows: Vec<_> = rows::all().into_iter().rev().take(20).collect();
    let (browser, served) = (start(), Served::with(&rows));
    let event = super::scenes::event(&rows[0]);
    for path in [
        "?action=order.*&time=24h",
        "",
        "/resource/Invoice/9120",
        &event,
        &format!("/story/{}", rows::APPROVAL),
    ] {
        browser.goto(&served.at(path)).expect("opened");
        assert_eq!(walk(&browser, &[Key::Tab]), [""; 0], "{path}");
    }
    // From below, a heading that sticks to the top lies over the rows that come into the window.
    browser.goto(&served.at("")).expect("opened");
    assert_eq!(walk(&browser, &[Key::Shift, Key::Tab]), [""; 0]);
}

#[test]
fn the_first_stop_skips_to_the_activity() {
    let (browser, _served) = open();
    browser.press(&[Key::Tab]).expect("pressed");
    let link = browser.active().expect("a link");
    assert_eq!(link.label().expect("a name"), "Skip to the activity");
    assert!(is(
        &browser,
        "document.activeElement.getBoundingClientRect().left >= 0"
    ));
    browser.press(&[Key::Enter]).expect("pressed");
    browser.press(&[Key::Tab]).expect("pressed");
    assert!(is(
        &browser,
        "document.activeElement.closest('main') !== null"
    ));
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
