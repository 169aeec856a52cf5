//! The whole walk with scripts off.

use behavior_trace_servers::Browser;

use super::rows;
use super::served::Served;
use super::start;

fn click(browser: &Browser, selector: &str) {
    browser
        .find(selector)
        .expect(selector)
        .click()
        .expect(selector);
}

fn title(browser: &Browser) -> String {
    let title = browser.find("h1").expect("a title");
    title.text().expect("a text")
}

/// Fails unless the link with this selector is followed to a page with this title.
#[track_caller]
fn follows(browser: &Browser, selector: &str, wanted: &str) {
    click(browser, selector);
    let found = title(browser);
    assert!(found.contains(wanted), "{selector}: {found}");
}

fn open(path: &str) -> (Browser, Served) {
    let (browser, served) = (start(), Served::with(&rows::all()));
    browser.set_scripts(false).expect("off");
    browser.goto(&served.at(path)).expect("opened");
    (browser, served)
}

#[test]
fn every_page_is_reached_by_links_and_the_form() {
    let (browser, served) = open("");
    for hidden in ["#zone", "#live", "#keys"] {
        let control = browser.find(hidden).expect(hidden);
        assert!(
            !control.is_displayed().expect("looked"),
            "{hidden} needs scripts"
        );
    }
    click(&browser, "form summary");
    let route = browser.find("input[name=route]").expect("a field");
    assert!(route.is_displayed().expect("looked"));
    browser
        .find("input[name=resource]")
        .expect("a field")
        .type_text("Product")
        .expect("typed");
    click(&browser, "form option[value='30d']");
    click(&browser, "form > button");
    assert!(
        browser
            .url()
            .expect("an address")
            .contains("resource=Product&time=30d")
    );
    assert!(browser.find_all(".chip").expect("chips").len() == 2);
    browser.goto(&served.at("")).expect("opened");
    click(&browser, "a[rel=next]");
    assert!(browser.url().expect("an address").contains("after="));
    click(&browser, ".pages a");
    assert_eq!(browser.url().expect("an address"), served.at(""));
    follows(&browser, "a[href$='resource/Order/5012']", "Order 5012");
    follows(&browser, "a.t", "Grace Hopper admin 1 approved Order 5012");
    follows(
        &browser,
        ".do a[href*=story]",
        "approved Order 5012 and 6 more events followed",
    );
    follows(&browser, "h1 a[href*=actor]", "Grace Hopper admin 1");
    follows(&browser, "header a[href$=activity]", "Activity");
    follows(&browser, "header a", "");
}

#[test]
fn the_exports_are_links() {
    let (browser, _served) = open("?resource=Order:5012");
    let links = browser.find_all(".end a").expect("links");
    let links: Vec<String> = links
        .iter()
        .map(|link| link.attribute("href").expect("read").expect("an address"))
        .collect();
    assert_eq!(
        links,
        [
            "activity/export.csv?resource=Order%3A5012",
            "activity/export.jsonl?resource=Order%3A5012"
        ]
    );
    // A file is no page to walk to, so the browser fetches it.
    browser.set_scripts(true).expect("on");
    for (link, kind) in links.iter().zip(["text/csv", "application/"]) {
        let fetch = format!(
            "return fetch('{link}').then(async a => [a.status, a.headers.get('content-type'), await a.text()])"
        );
        let answer = browser.run_script(&fetch).expect("an answer");
        assert_eq!(answer[0], 200);
        assert!(
            answer[1].as_str().expect("a type").starts_with(kind),
            "{answer}"
        );
        assert!(
            answer[2]
                .as_str()
                .expect("a text")
                .contains("order.approve"),
            "{answer}"
        );
    }
}

#[test]
fn density_is_a_radio_button_that_goes_with_the_form_and_the_links() {
    let (browser, _served) = open("");
    let height = || {
        let height =
            browser.run_script("return document.querySelector('.t').closest('tr').offsetHeight");
        height.expect("a row").as_u64().expect("pixels")
    };
    let is_shown = || {
        browser
            .find(".f")
            .expect("a line")
            .is_displayed()
            .expect("looked")
    };
    assert!(
        is_shown() && (56..=60).contains(&height()),
        "{} px",
        height()
    );
    click(&browser, "#dense");
    assert!(
        !is_shown() && (26..=30).contains(&height()),
        "{} px",
        height()
    );
    click(&browser, "form > button");
    assert!(browser.url().expect("an address").contains("dense=1"));
    assert!(!is_shown());
    click(&browser, "a[rel=next]");
    assert!(browser.url().expect("an address").contains("dense=1"));
    assert!(!is_shown());
}

#[test]
fn an_id_is_selected_as_a_whole() {
    let (browser, _served) = open(&format!("/story/{}", rows::APPROVAL));
    let id = browser.find("dd").expect("an id");
    assert_eq!(id.css("user-select").expect("a style"), "all");
}
