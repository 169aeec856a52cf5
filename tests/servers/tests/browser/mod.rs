//! A real browser, really provisioned and driven.

mod end;
mod pages;

use std::path::Path;

use behavior_trace_servers::{Browser, ColorScheme, Key, Media, Message};
use pages::{STRICT, page, serve};

/// A policy that allows what the page itself contains.
const INLINE: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

fn start() -> Browser {
    Browser::start().unwrap_or_else(|error| panic!("{error}"))
}

fn open(page: &str, policy: &str) -> Browser {
    let browser = start();
    browser.goto(&serve(page, policy)).unwrap();
    browser
}

#[test]
fn a_page_within_its_policy_has_no_messages() {
    let browser = open(&page("", "<p>Hello</p>"), STRICT);
    assert_eq!(browser.title().unwrap(), "A page");
    assert_eq!(browser.messages().unwrap(), []);
}

#[test]
fn a_page_that_breaks_its_policy_is_reported() {
    let browser = open(&page("", "<script>document.title = 'run'</script>"), STRICT);
    let messages = browser.messages().unwrap();
    assert!(
        matches!(&messages[..], [report] if report.is_csp_report() && report.text.contains("script-src")),
        "{messages:?}"
    );
    assert_eq!(browser.title().unwrap(), "A page");
}

#[test]
fn an_error_in_the_console_is_reported_once() {
    let script = "<script>console.error('the', 'reason'); undefined_name</script>";
    let browser = open(&page("", script), INLINE);
    let messages = browser.messages().unwrap();
    let has = |source: &str, text: &str| {
        let is = |m: &&Message| m.source == source && m.text.contains(text);
        messages.iter().filter(is).count() == 1
    };
    assert!(has("console-api", "\"the\" \"reason\""), "{messages:?}");
    assert!(has("javascript", "undefined_name"), "{messages:?}");
    assert!(
        messages
            .iter()
            .all(|m| m.level == "SEVERE" && !m.is_csp_report())
    );
    assert_eq!(browser.messages().unwrap(), []);
}

#[test]
fn axe_finds_a_picture_without_a_text_and_nothing_on_a_good_page() {
    let dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    let policy = "default-src 'none'; img-src data:";
    let browser = open(
        &page("", &format!("<img id=\"dot\" src=\"{dot}\">")),
        policy,
    );
    let violations = browser.axe().unwrap();
    assert!(
        matches!(&violations[..], [one] if one.rule == "image-alt" && one.elements[0].starts_with("`#dot`: ")),
        "{violations:?}"
    );
    let good = page("", &format!("<img src=\"{dot}\" alt=\"A dot\">"));
    browser.goto(&serve(&good, policy)).unwrap();
    assert_eq!(browser.axe().unwrap(), []);
    assert_eq!(browser.messages().unwrap(), []);
}

#[test]
fn a_page_stays_as_it_is_with_scripts_off_and_can_still_be_checked() {
    let body = "<p id=\"text\">still</p><script>document.getElementById('text').textContent = 'moved'</script>";
    let browser = open(&page("", body), INLINE);
    let text = || browser.find("#text").unwrap().text().unwrap();
    assert_eq!(text(), "moved");
    browser.set_scripts(false).unwrap();
    browser.goto(&browser.url().unwrap()).unwrap();
    assert_eq!(text(), "still");
    assert_eq!(browser.axe().unwrap(), []);
    assert_eq!(text(), "still");
    browser.set_scripts(true).unwrap();
    browser.goto(&browser.url().unwrap()).unwrap();
    assert_eq!(text(), "moved");
}

#[test]
fn media_and_the_size_of_the_window_change_a_page() {
    let style = "<style>body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }\
                 @media (prefers-reduced-motion: reduce) { h1 { opacity: 0.5 } } @media print { h1 { display: none } }\
                 @media (max-width: 320px) { h1 { color: red } }</style>";
    let browser = open(&page(style, ""), INLINE);
    let css =
        |selector: &str, property: &str| browser.find(selector).unwrap().css(property).unwrap();
    let seen = || (css("body", "background-color"), css("h1", "opacity"));
    let is_displayed = || browser.find("h1").unwrap().is_displayed().unwrap();
    assert_eq!(
        seen(),
        ("rgba(255, 255, 255, 1)".to_owned(), "1".to_owned())
    );
    let dark = Media {
        color_scheme: ColorScheme::Dark,
        reduced_motion: true,
        ..Media::default()
    };
    browser.set_media(dark).unwrap();
    assert_eq!(seen(), ("rgba(0, 0, 0, 1)".to_owned(), "0.5".to_owned()));
    browser.goto(&browser.url().unwrap()).unwrap();
    assert_eq!(seen(), ("rgba(0, 0, 0, 1)".to_owned(), "0.5".to_owned()));
    assert!(is_displayed());
    browser
        .set_media(Media {
            print: true,
            ..Media::default()
        })
        .unwrap();
    assert!(!is_displayed());
    browser.set_media(Media::default()).unwrap();
    assert_ne!(css("h1", "color"), "rgba(255, 0, 0, 1)");
    browser.set_viewport(320, 640).unwrap();
    assert_eq!(css("h1", "color"), "rgba(255, 0, 0, 1)");
    assert_eq!(
        browser
            .run_script("return [innerWidth, innerHeight]")
            .unwrap()
            .to_string(),
        "[320,640]"
    );
}

#[test]
fn forced_colours_and_the_time_zone_reach_a_page() {
    let browser = open(&page("", ""), STRICT);
    let is_forced = "matchMedia('(forced-colors: active)').matches";
    let seen = |expression: &str| browser.run_script(&format!("return {expression}")).unwrap();
    assert_eq!(seen(is_forced), false);
    let forced = Media {
        forced_colors: true,
        ..Media::default()
    };
    browser.set_media(forced).unwrap();
    assert_eq!(seen(is_forced), true);
    for (zone, hour) in [("America/New_York", 19), ("Asia/Tokyo", 9)] {
        browser.set_timezone(zone).unwrap();
        assert_eq!(seen("new Date(0).getHours()"), hour, "{zone}");
    }
}

#[test]
fn a_page_is_hidden_with_its_window_and_seen_again() {
    let script = "<script>const seen = []; document.onvisibilitychange = () => seen.push(document.visibilityState)</script>";
    let browser = open(&page("", script), INLINE);
    browser.hide().unwrap();
    browser.show().unwrap();
    browser
        .wait_until("seen.join() === 'hidden,visible'")
        .unwrap();
    let error = browser.wait_until("seen.length").unwrap_err().to_string();
    assert!(error.contains("its last value is 2"), "{error}");
}

#[test]
fn a_dialog_is_seen() {
    let browser = open(
        &page("", "<script>setTimeout(() => alert('Hello'))</script>"),
        INLINE,
    );
    while browser.dialog().unwrap().is_none() {}
    assert_eq!(browser.dialog().unwrap().as_deref(), Some("Hello"));
    let quiet = start();
    assert_eq!(quiet.dialog().unwrap(), None);
}

#[test]
fn the_keyboard_alone_reaches_fills_and_sends_a_form() {
    let form = "<a href=\"#help\">Help</a><form><label>Name <input name=\"name\"></label>\
                <button aria-label=\"Show the rows\">→</button></form>";
    let browser = open(&page("", form), "default-src 'none'; form-action 'self'");
    assert_eq!(browser.active().unwrap().tag().unwrap(), "body");
    let mut walked = Vec::new();
    for _ in 0..3 {
        browser.press(&[Key::Tab]).unwrap();
        let active = browser.active().unwrap();
        walked.push(format!(
            "{} {}",
            active.role().unwrap(),
            active.label().unwrap()
        ));
    }
    assert_eq!(
        walked,
        ["link Help", "textbox Name", "button Show the rows"]
    );
    browser.press(&[Key::Shift, Key::Tab]).unwrap();
    assert_eq!(browser.active().unwrap(), browser.find("input").unwrap());
    browser.press(&[Key::Char('A'), Key::Char('d')]).unwrap();
    browser.active().unwrap().type_text("a").unwrap();
    browser.press(&[Key::Enter]).unwrap();
    browser
        .wait_for_url(|url| url.ends_with("/?name=Ada"))
        .unwrap();
}

#[test]
fn a_click_follows_a_link_and_a_missing_element_is_named() {
    let browser = open(&page("", "<a href=\"?page=2\">More</a>"), STRICT);
    let first = browser.url().unwrap();
    browser.wait_for("a").unwrap().click().unwrap();
    assert_eq!(browser.url().unwrap(), format!("{first}?page=2"));
    browser.back().unwrap();
    assert_eq!(browser.url().unwrap(), first);
    let link = browser.find_all("main a").unwrap();
    assert_eq!(
        link[0].attribute("href").unwrap().as_deref(),
        Some("?page=2")
    );
    assert_eq!(link[0].attribute("title").unwrap(), None);
    let error = browser.find("#nothing").unwrap_err().to_string();
    assert!(
        error.starts_with("the browser cannot find `#nothing`: no such element"),
        "{error}"
    );
}

#[test]
fn a_page_of_another_host_is_not_reached() {
    let browser = start();
    let error = browser.goto("http://example.com/").unwrap_err().to_string();
    assert!(error.contains("ERR_NAME_NOT_RESOLVED"), "{error}");
}

#[test]
fn a_screenshot_is_a_picture_of_the_whole_page_with_its_text() {
    let style = "<style>body, h1 { margin: 0 } main { height: 2000px }</style>";
    let browser = open(&page(style, "<p>Grace changed email of User 7</p>"), INLINE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.png");
    browser.screenshot(&file).unwrap();
    let light = std::fs::read(&file).unwrap();
    assert_eq!(size(&light), (1280, 2000));
    assert!(
        colours(&browser, &file) > 2,
        "the letters have edges in grey"
    );
    browser
        .goto(&serve(
            &page("<style>main { display: none }</style>", ""),
            INLINE,
        ))
        .unwrap();
    browser.screenshot(&file).unwrap();
    assert_eq!(colours(&browser, &file), 1);
}

/// Returns width and height from the head of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |from: usize| u32::from_be_bytes(png[from..from + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Returns how many colours a picture has, as the browser decodes it.
fn colours(browser: &Browser, file: &Path) -> u64 {
    let bytes = std::fs::read(file).unwrap();
    let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let script = format!(
        "const file = new Blob([new Uint8Array([{}])], {{ type: 'image/png' }});\
         return createImageBitmap(file).then(picture => {{\
             const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');\
             context.drawImage(picture, 0, 0);\
             const pixels = context.getImageData(0, 0, picture.width, picture.height).data;\
             return new Set(new Uint32Array(pixels.buffer)).size;\
         }});",
        bytes.join(",")
    );
    browser.run_script(&script).unwrap().as_u64().unwrap()
}
