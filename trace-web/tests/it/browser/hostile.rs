//! Hostile text in every column, in a real browser.

use std::borrow::Cow;

use behavior_trace_core::Activity;
use behavior_trace_servers::Browser;
use serde_json::{Value, json};

use super::rows::row;
use super::scenes::{event, go_live};
use super::served::Served;
use super::start;

/// Texts, each with a part of it that a reader has to see.
const TEXTS: [(&str, &str); 8] = [
    ("<script>pwned=1</script>", "<script>pwned=1</script>"),
    (
        "<img src=x onerror=alert(1)>",
        "<img src=x onerror=alert(1)>",
    ),
    ("\"onmouseover=\"alert(1)", "\"onmouseover=\"alert(1)"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("</td></table><form>", "</td></table><form>"),
    ("abc\u{202e}fdp.exe", "U+202E"),
    ("a\u{200b}dmin", "U+200B"),
    ("bell\u{7}end", "U+0007"),
];

/// Returns a row that has a text in every column.
fn hostile(text: &str) -> Activity<'static> {
    let payload = json!({
        text: text, "actor_ref": text, "actor_label": text, "reason": text, "impersonator": format!("ADMIN:{text}"), "ids": [text],
        "diff": { text: { "from": text, "to": [text] } },
    });
    let mut row = row(60, "x", "x", &payload);
    let own = || Cow::<str>::Owned(text.to_owned());
    row.actor_type = text.to_ascii_uppercase().into();
    row.actor_id = None;
    row.action = own();
    row.resource = own();
    row.resource_id = Some(own());
    for column in [
        &mut row.correlation_id,
        &mut row.request_id,
        &mut row.route_name,
        &mut row.ip_address,
        &mut row.user_agent,
    ] {
        *column = Some(own());
    }
    row
}

/// Returns what is on the page that no page of harmless text has.
const FOREIGN: &str = "const wrong = [];
    const known = 'HTML HEAD META TITLE LINK SCRIPT BODY A HEADER NAV P B MAIN H1 H2 FORM LABEL INPUT SELECT OPTION BUTTON \
        DETAILS SUMMARY DIV SPAN TABLE CAPTION THEAD TBODY TR TH TD SMALL I CODE MARK DEL INS Q U EM BDI BR DL DT DD PRE \
        ASIDE FOOTER TIME UL LI SECTION svg g rect'.split(' ');
    for (const e of document.querySelectorAll('*')) {
        if (!known.includes(e.tagName)) wrong.push(e.outerHTML.slice(0, 100));
        for (const a of e.attributes) if (/^on|^style$|^srcdoc$/.test(a.name)) wrong.push(a.name + ' of ' + e.outerHTML.slice(0, 100));
        if (e.href?.startsWith && !e.href.startsWith(location.origin + '/back-office')) wrong.push(e.href);
    }
    const count = s => document.querySelectorAll(s).length;
    if (count('script') !== 1 || count('form') > 1 || count('img,iframe,object,embed,base') > 0) wrong.push('an element too many');
    if (window.pwned) wrong.push('a script ran');
    if (/[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\u0007]/.test(document.body.textContent + document.title)) wrong.push('a character that deceives');
    return wrong;";

/// Fails unless the page at hand is harmless and shows a text.
#[track_caller]
fn stays_text(browser: &Browser, seen: &str, page: &str) {
    assert_eq!(browser.dialog().expect("an answer"), None, "{page}");
    let foreign = browser.run_script(FOREIGN).expect("a look");
    assert_eq!(foreign, Value::Array(Vec::new()), "{page}");
    let text = browser
        .run_script("return document.querySelector('main').innerText")
        .expect("a text");
    assert!(
        text.as_str().expect("a text").contains(seen),
        "{page}: no {seen} in {text}"
    );
    assert_eq!(browser.messages().expect("messages"), [], "{page}");
}

/// Opens each page of a hostile row by the links of the timeline.
fn walk(browser: &Browser, served: &Served, row: &Activity<'_>, seen: &str) {
    browser.goto(&served.at("?dense=0")).expect("opened");
    stays_text(browser, seen, "timeline");
    let first = |part: &str| {
        let script = format!(
            "return [...document.querySelectorAll('.l tr:not(.h) a')].map(a => a.href).findLast(a => a.includes('{part}'))"
        );
        let link = browser.run_script(&script).expect("links");
        link.as_str().expect(part).to_owned()
    };
    let pages = ["/resource/", "/story/", "/actor/", "?action="].map(|part| (part, first(part)));
    for (part, address) in pages {
        browser.goto(&address).expect(part);
        stays_text(browser, seen, part);
    }
    browser.goto(&served.at(&event(row))).expect("opened");
    browser
        .find("main details summary")
        .expect("JSON")
        .click()
        .expect("opened");
    stays_text(browser, seen, "event");
}

#[test]
fn hostile_text_in_every_column_stays_text_on_every_page() {
    let browser = start();
    for (text, seen) in TEXTS {
        let row = hostile(text);
        let served = Served::with(std::slice::from_ref(&row));
        walk(&browser, &served, &row, seen);
    }
}

#[test]
fn hostile_text_in_a_live_row_stays_text() {
    let browser = start();
    let served = Served::with(&[row(90, "order.create", "Order:1", &json!({}))]);
    browser.goto(&served.at("")).expect("opened");
    go_live(&browser);
    for (place, (text, seen)) in TEXTS.into_iter().enumerate() {
        served.insert(&[hostile(text)]);
        let rows = format!("document.querySelectorAll('.t').length === {}", place + 2);
        browser.wait_until(&rows).expect("a row");
        stays_text(&browser, seen, "live");
    }
}

#[test]
fn a_deceiving_character_is_in_a_box() {
    let (browser, served) = (start(), Served::with(&[hostile("abc\u{202e}fdp.exe")]));
    browser.goto(&served.at("")).expect("opened");
    let boxed = browser.find(".l .x").expect("a box");
    assert_eq!(boxed.text().expect("a text"), "U+202E");
    assert_eq!(boxed.css("border-top-style").expect("a style"), "solid");
}
