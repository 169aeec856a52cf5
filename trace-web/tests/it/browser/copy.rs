//! Copying of ids.

use behavior_trace_servers::Key;

use super::rows;
use super::scenes::event;
use super::served::Served;
use super::start;

#[test]
fn each_copy_button_copies_what_is_beside_it() {
    let rows = rows::all();
    let row = rows.last().expect("a row");
    let (browser, served) = (start(), Served::with(&rows));
    let id = row.event_id.to_string();
    let request = row.request_id.clone().expect("a request").into_owned();
    let place = |label: &str| {
        format!(
            "[...document.querySelectorAll('dt')].find(e => e.textContent === '{label}').nextElementSibling"
        )
    };
    for (label, text) in [
        ("Event", &id),
        ("Request", &request),
        ("Correlation", &rows::APPROVAL.to_owned()),
    ] {
        browser.goto(&served.at(&event(row))).expect("opened");
        let click = format!("{}.querySelector('button').focus()", place(label));
        browser.run_script(&click).expect("focused");
        browser.press(&[Key::Enter]).expect("pressed");
        browser
            .wait_until(&format!(
                "{}.querySelector('button').textContent === '✓'",
                place(label)
            ))
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
        browser.wait_until(&value).expect(label);
    }
}
