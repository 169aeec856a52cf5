//! The live tail in a page.

use behavior_trace_core::Activity;
use behavior_trace_servers::{Browser, Key};
use serde_json::json;

use super::rows::{self, row};
use super::scenes::go_live;
use super::served::Served;
use super::start;

/// Returns the orders of the rows on the page, from the top.
const ORDERS: &str = "[...document.querySelectorAll('.l tr')].map(r => /Order (6\\d+)/.exec(r.textContent)?.[1]).filter(n => n).join()";

fn order(number: u32) -> Activity<'static> {
    row(0, "order.create", &format!("Order:{number}"), &json!({}))
}

/// Opens the timeline and goes live. The page has a mark, which a reload would lose.
fn open(served: &Served) -> Browser {
    let browser = start();
    browser.goto(&served.at("")).expect("opened");
    browser.run_script("window.mark = 'kept'").expect("run");
    go_live(&browser);
    browser
}

/// Waits until the page has these orders in this order, and no reload was needed.
#[track_caller]
fn shows(browser: &Browser, orders: &str) {
    let has = format!("window.mark === 'kept' && {ORDERS} === '{orders}'");
    browser.wait_until(&has).unwrap_or_else(|error| {
        let seen = browser.run_script(&format!("return {ORDERS}"));
        panic!("{error}: {seen:?}")
    });
}

#[test]
fn new_rows_appear_at_the_top_and_their_links_lead_on() {
    let served = Served::with(&rows::all());
    let browser = open(&served);
    served.insert(&[order(6001)]);
    shows(&browser, "6001");
    served.insert(&[order(6002), order(6003)]);
    shows(&browser, "6003,6002,6001");
    assert_eq!(browser.messages().expect("messages"), []);
    let link = browser
        .find(".l tr:nth-child(2) a[href*=resource]")
        .expect("a link");
    link.click().expect("clicked");
    assert_eq!(
        browser.find("h1").expect("a title").text().expect("a text"),
        "Order 6003"
    );
}

#[test]
fn a_row_with_the_focus_holds_new_rows_until_they_are_asked_for() {
    let served = Served::with(&rows::all());
    let browser = open(&served);
    browser.press(&[Key::Char('j')]).expect("pressed");
    let top = "return document.activeElement.getBoundingClientRect().top";
    let place = browser.run_script(top).expect("a place");
    served.insert(&[order(6001)]);
    browser
        .wait_until("document.querySelector('#new')?.textContent === 'Show 1 new'")
        .expect("held");
    served.insert(&[order(6002), order(6003)]);
    browser
        .wait_until("document.querySelector('#new')?.textContent === 'Show 3 new'")
        .expect("held");
    assert_eq!(browser.run_script(top).expect("a place"), place);
    shows(&browser, "");
    browser
        .find("#new")
        .expect("a button")
        .click()
        .expect("clicked");
    shows(&browser, "6003,6002,6001");
    assert!(browser.find("#new").is_err());
}

#[test]
fn a_page_that_is_scrolled_holds_new_rows() {
    let served = Served::with(&rows::all());
    let browser = open(&served);
    browser.run_script("scrollTo(0, 600)").expect("scrolled");
    served.insert(&[order(6001)]);
    browser
        .wait_until("document.querySelector('#new')?.textContent === 'Show 1 new'")
        .expect("held");
    shows(&browser, "");
}

#[test]
fn a_server_that_is_killed_and_started_again_loses_and_repeats_no_row() {
    let mut served = Served::with(&rows::all());
    let browser = open(&served);
    served.insert(&[order(6001), order(6002)]);
    shows(&browser, "6002,6001");
    served.kill();
    browser
        .wait_until("document.querySelector('#live').textContent === 'Reconnecting'")
        .expect("lost");
    served.insert(&[order(6003), order(6004)]);
    served.start();
    shows(&browser, "6004,6003,6002,6001");
    browser
        .wait_until("document.querySelector('#live').textContent === 'Live'")
        .expect("back");
    served.insert(&[order(6005)]);
    shows(&browser, "6005,6004,6003,6002,6001");
}

#[test]
fn a_database_that_answers_again_makes_the_tail_live_again_and_is_announced_once() {
    let served = Served::with(&rows::all());
    let browser = start();
    browser.goto(&served.at("")).expect("opened");
    let listen = "window.EventSource = class extends EventSource { constructor(u) { super(u); window.tail = this } }";
    browser.run_script(listen).expect("run");
    go_live(&browser);
    // All at once, so that no event of the server comes between.
    let hear = "const b = document.querySelector('#live'), seen = []; \
        const changes = new MutationObserver(() => 0); changes.observe(b, {childList: true}); \
        for (const name of ['wait', 'place', 'place']) { \
            window.tail.dispatchEvent(new MessageEvent(name, {lastEventId: '7'})); \
            seen.push(b.textContent, b.ariaPressed, changes.takeRecords().length); \
        } \
        return seen.join()";
    assert_eq!(
        browser.run_script(hear).expect("run"),
        "Reconnecting,true,1,Live,true,1,Live,true,0"
    );
}

#[test]
fn a_proxy_that_answers_for_the_server_meanwhile_ends_no_tail() {
    let mut served = Served::with(&rows::all());
    let browser = open(&served);
    served.insert(&[order(6001)]);
    shows(&browser, "6001");
    served.kill();
    served.start_a_proxy_alone(502);
    served.wait_for_a_refusal();
    served.insert(&[order(6002)]);
    served.kill();
    served.start();
    shows(&browser, "6002,6001");
}

#[test]
fn a_hidden_page_closes_its_tail_and_resumes_where_it_stopped() {
    let served = Served::with(&rows::all());
    let browser = open(&served);
    served.insert(&[order(6001)]);
    shows(&browser, "6001");
    served.wait_for_tails(1);
    browser.hide().expect("hidden");
    served.wait_for_tails(0);
    served.insert(&[order(6002), order(6003)]);
    browser.show().expect("shown");
    served.wait_for_tails(1);
    shows(&browser, "6003,6002,6001");
}

#[test]
fn a_page_of_a_rare_filter_resumes_from_the_last_place_that_it_heard_of() {
    let served = Served::with(&rows::all());
    let browser = start();
    browser.goto(&served.at("?resource=Order")).expect("opened");
    let listen = "window.mark = 'kept'; window.EventSource = class extends EventSource { constructor(u) { super(u); \
        this.addEventListener('place', e => window.heard = parseInt(e.lastEventId.split('-')[1], 16)); } }";
    browser.run_script(listen).expect("run");
    go_live(&browser);
    let others: Vec<_> = (0..10_001)
        .map(|number| row(0, "user.update", &format!("User:{number}"), &json!({})))
        .collect();
    // A live page follows two loads of them, and would be too far behind after one of both.
    served.insert(&others[..6_000]);
    browser
        .wait_until("window.heard > 6000")
        .expect("a place behind the first of them");
    served.insert(&others[6_000..]);
    browser
        .wait_until("window.heard > 10001")
        .expect("a place behind all of them");
    browser.hide().expect("hidden");
    served.wait_for_tails(0);
    served.insert(&[order(6001)]);
    browser.show().expect("shown");
    shows(&browser, "6001");
}

#[test]
fn a_refused_tail_stops_and_says_why() {
    for (status, why) in [
        (400, "A filter was not understood"),
        (403, "You may not read the activity"),
        (404, "There is no such page"),
    ] {
        let mut served = Served::with(&rows::all());
        let browser = open(&served);
        let count = "window.timers = 0; const set = setTimeout; \
            window.setTimeout = (...all) => { window.timers++; return set(...all); }";
        browser.run_script(count).expect("run");
        served.kill();
        served.start_a_proxy_alone(status);
        browser
            .wait_until(&format!(
                "document.querySelector('[aria-live] #live').textContent === '{why}'"
            ))
            .expect(why);
        let state =
            "const b = document.querySelector('#live'); return b.ariaPressed + window.timers";
        assert_eq!(browser.run_script(state).expect("a state"), "false0");
        // Coming back asks no more, and a click does.
        browser.hide().expect("hidden");
        browser.show().expect("shown");
        served.wait_for_refusals(2);
        served.kill();
        served.start();
        go_live(&browser);
    }
}

#[test]
fn a_tail_that_is_turned_off_closes() {
    let served = Served::with(&rows::all());
    let browser = open(&served);
    served.wait_for_tails(1);
    browser
        .find("#live")
        .expect("a button")
        .click()
        .expect("clicked");
    served.wait_for_tails(0);
    assert_eq!(
        browser
            .find("#live")
            .expect("a button")
            .text()
            .expect("a text"),
        "Go live"
    );
}
