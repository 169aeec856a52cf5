//! The walk by Tab.

use behavior_trace_servers::{Browser, Key};
use serde_json::Value;

use super::rows;
use super::scenes::event;
use super::served::Served;
use super::start;

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
    let event = event(&rows[0]);
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
    let (browser, served) = (start(), Served::with(&rows::all()));
    browser.goto(&served.at("")).expect("opened");
    browser.press(&[Key::Tab]).expect("pressed");
    let link = browser.active().expect("a link");
    assert_eq!(link.label().expect("a name"), "Skip to the activity");
    browser
        .wait_until("document.activeElement.getBoundingClientRect().left >= 0")
        .expect("seen");
    browser.press(&[Key::Enter]).expect("pressed");
    browser.press(&[Key::Tab]).expect("pressed");
    browser
        .wait_until("document.activeElement.closest('main') !== null")
        .expect("seen");
}
