//! Looks at a page that is open: what a person would complain about.

use std::path::PathBuf;

use behavior_trace_servers::{Browser, ColorScheme, Media};

use super::scenes::Scene;

/// Widths of the window: a desk, and the narrowest that has to do without scrolling sideways.
pub(super) const WIDTHS: [u32; 2] = [1280, 320];

/// Returns the boxes that stick out of the window at its right side, each with its tag and text.
const STICKING_OUT: &str = "const wide = document.documentElement.clientWidth + 1;
    const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > wide);
    const page = document.documentElement.scrollWidth > wide ? ['the page'] : [];
    return page.concat(out.map(e => e.tagName + ' ' + e.className + ': ' + e.textContent.slice(0, 60)));";

/// Returns what makes the page scroll sideways.
pub(super) fn sticking_out(browser: &Browser) -> Vec<String> {
    let out = browser.run_script(STICKING_OUT).expect("boxes");
    let out = out.as_array().cloned().unwrap_or_default();
    out.iter().map(ToString::to_string).collect()
}

/// Returns what the page left in the console, and its dialog. An answer with the status of a failure is noted there once.
pub(super) fn noises(browser: &Browser, scene: &Scene) -> Vec<String> {
    let dialog = browser.dialog().expect("an answer");
    let messages = browser.messages().expect("messages");
    let status = format!("status of {}", scene.status);
    let (expected, noises): (Vec<_>, Vec<_>) = messages
        .iter()
        .partition(|message| message.source == "network" && message.text.contains(&status));
    let mut noises: Vec<String> = noises.iter().map(ToString::to_string).collect();
    if expected.len() != usize::from(scene.status != 200) {
        noises.push(format!("{expected:?} is noted"));
    }
    noises.extend(dialog.map(|text| format!("a dialog: {text}")));
    noises
}

/// Sets the colours and the width of the window.
pub(super) fn show(browser: &Browser, color_scheme: ColorScheme, width: u32) {
    let media = Media {
        color_scheme,
        ..Media::default()
    };
    browser.set_media(media).expect("media");
    browser.set_viewport(width, 800).expect("a size");
}

/// Writes a picture for a person to look at: `target/pictures/timeline-light-1280.png`.
pub(super) fn picture(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.png"));
    browser.screenshot(&file).expect("a picture");
}
