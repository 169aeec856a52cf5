//! Print, motion and forced colours.

use behavior_trace_core::Activity;
use behavior_trace_servers::{ColorScheme, Media};

use super::looks::{picture, sticking_out};
use super::rows;
use super::scenes::{World, scenes};
use super::served::Served;
use super::start;

/// Returns the controls that can be seen.
const CONTROLS: &str =
    "return [...document.querySelectorAll('button,input,select,summary,nav.pages a,.skip')]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 0).map(e => e.outerHTML)";

#[test]
fn each_page_is_printed_light_and_without_controls() {
    let (browser, world) = (start(), World::new());
    let print = Media {
        color_scheme: ColorScheme::Dark,
        print: true,
        ..Media::default()
    };
    browser.set_viewport(760, 1000).expect("a sheet");
    for scene in scenes(&world) {
        browser.set_media(Media::default()).expect("media");
        scene.open(&browser, &world);
        let controls = browser.run_script(CONTROLS).expect("controls");
        assert_ne!(controls.as_array().map(Vec::len), Some(0), "{}", scene.name);
        browser.set_media(print).expect("media");
        let controls = browser.run_script(CONTROLS).expect("controls");
        assert_eq!(
            controls.as_array().map(Vec::len),
            Some(0),
            "{}: {controls}",
            scene.name
        );
        let paper = browser
            .find("body")
            .expect("a page")
            .css("background-color");
        assert_eq!(
            paper.expect("a colour"),
            "rgba(255, 255, 255, 1)",
            "{}",
            scene.name
        );
        assert_eq!(sticking_out(&browser), [""; 0], "{}", scene.name);
        picture(&browser, &format!("{}-print", scene.name));
    }
}

#[test]
fn rows_are_printed_unbroken_with_their_whole_times() {
    let rows = rows::all();
    let (browser, served) = (start(), Served::with(&rows));
    let print = Media {
        print: true,
        ..Media::default()
    };
    browser.set_media(print).expect("media");
    let of_user = |row: &&Activity<'_>| row.resource == "User";
    for (path, row, unbroken) in [
        ("", rows.last(), ".l tr"),
        ("/resource/User/7", rows.iter().rfind(of_user), ".n"),
    ] {
        browser.goto(&served.at(path)).expect("opened");
        let styles = format!(
            "return [...document.querySelectorAll('{unbroken}')].map(e => getComputedStyle(e).breakInside)"
        );
        let styles = browser.run_script(&styles).expect("styles");
        let styles = styles.as_array().expect("styles");
        assert!(styles.len() > 3 && styles.iter().all(|style| style == "avoid"));
        let before = "return getComputedStyle(document.querySelector('.t'), '::before').content";
        let before = browser.run_script(before).expect("a text");
        let at = row.expect("a row").occurred_at.to_rfc3339();
        assert_eq!(before, format!("\"{}\"", &at[..10]));
    }
}

#[test]
fn nothing_moves_for_a_reader_who_prefers_no_motion() {
    let (browser, world) = (start(), World::new());
    scenes(&world)[0].open(&browser, &world);
    // Motion that a later rule, or an extension, brings.
    let moves = "return [...document.querySelectorAll('*')].filter(e => {
            e.style.transition = 'opacity 9s'; e.style.animation = 'x 9s';
            const seen = getComputedStyle(e);
            return seen.animationName !== 'none' || seen.transitionProperty !== 'none';
        }).length";
    let count = |reduced_motion| {
        let media = Media {
            reduced_motion,
            ..Media::default()
        };
        browser.set_media(media).expect("media");
        browser
            .run_script(moves)
            .expect("a count")
            .as_u64()
            .expect("a number")
    };
    assert!(count(false) > 100);
    assert_eq!(count(true), 0);
    // It has no motion of its own, either.
    browser.set_media(Media::default()).expect("media");
    scenes(&world)[0].open(&browser, &world);
    assert_eq!(
        browser
            .run_script("return document.getAnimations().length")
            .expect("a count"),
        0
    );
}

/// Returns the signs without a border; one, if the page has no signs.
const BARE_SIGNS: &str = "const signs = [...document.querySelectorAll('.m, mark, del, ins')];
    return signs.length ? signs.filter(e => getComputedStyle(e).borderTopStyle !== 'solid').map(e => e.outerHTML) : ['none']";

#[test]
fn forced_colours_leave_no_sign_to_a_background_alone() {
    let (browser, world) = (start(), World::new());
    let forced = Media {
        forced_colors: true,
        ..Media::default()
    };
    browser.set_media(forced).expect("media");
    let scenes = scenes(&world);
    let signs = ["timeline-dense", "history", "story", "event", "held"];
    let scenes = scenes.iter().filter(|scene| signs.contains(&scene.name));
    for scene in scenes {
        scene.open(&browser, &world);
        let bare = browser.run_script(BARE_SIGNS).expect("signs");
        assert_eq!(bare, serde_json::json!([]), "{}", scene.name);
        let violations = browser.axe().expect("axe");
        assert_eq!(violations, [], "{}", scene.name);
        picture(&browser, &format!("{}-forced", scene.name));
    }
}
