//! Every page, in both colours and at both widths.

use std::fmt::Write as _;

use behavior_trace_servers::{Browser, ColorScheme};

use super::looks::{WIDTHS, noises, picture, show, sticking_out};
use super::scenes::{Scene, World, scenes};
use super::start;

/// Checks one page, and returns what is wrong with it.
fn wrong(browser: &Browser, world: &World, scene: &Scene, colours: ColorScheme) -> String {
    let mut wrong = String::new();
    show(browser, colours, WIDTHS[0]);
    scene.open(browser, world);
    for width in WIDTHS {
        show(browser, colours, width);
        let name = format!("{}-{colours:?}-{width}", scene.name).to_lowercase();
        for violation in browser.axe().expect("axe") {
            let _ = writeln!(wrong, "{name}: {violation}");
        }
        for out in sticking_out(browser) {
            let _ = writeln!(wrong, "{name}: sticks out: {out}");
        }
        picture(browser, &name);
    }
    for noise in noises(browser, scene) {
        let _ = writeln!(wrong, "{}: {noise}", scene.name);
    }
    wrong
}

/// Checks every page in a colour.
fn each_page_is_good(colours: ColorScheme) {
    let (browser, world) = (start(), World::new());
    let scenes = scenes(&world);
    let wrong: Vec<_> = scenes
        .iter()
        .map(|scene| wrong(&browser, &world, scene, colours))
        .collect();
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_light_page_is_quiet_accessible_and_as_wide_as_its_window() {
    each_page_is_good(ColorScheme::Light);
}

#[test]
fn each_dark_page_is_quiet_accessible_and_as_wide_as_its_window() {
    each_page_is_good(ColorScheme::Dark);
}

#[test]
fn a_box_that_sticks_out_and_a_message_are_found() {
    let (browser, world) = (start(), World::new());
    let timeline = &scenes(&world)[0];
    timeline.open(&browser, &world);
    assert_eq!(sticking_out(&browser), [""; 0]);
    assert_eq!(noises(&browser, timeline), [""; 0]);
    let wide = "document.querySelector('h1').style.width = '3000px'; console.log('noise')";
    browser.run_script(wide).expect("run");
    assert_eq!(sticking_out(&browser).len(), 2);
    assert_eq!(noises(&browser, timeline).len(), 1);
}
