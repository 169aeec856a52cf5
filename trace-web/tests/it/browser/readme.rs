//! The pictures of the README.

use std::path::Path;

use behavior_trace_servers::ColorScheme;

use super::looks::show;
use super::rows;
use super::served::Served;
use super::start;

/// Rows on a picture.
const ROWS: usize = 9;
/// Maximum bytes of a picture.
const MAX_BYTES: u64 = 150_000;

#[test]
#[ignore = "writes docs/pictures, which are committed"]
fn the_pictures_of_the_readme_are_written() {
    let rows: Vec<_> = rows::all().into_iter().rev().take(ROWS).collect();
    let (browser, served) = (start(), Served::with(&rows));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (colours, name) in [(ColorScheme::Light, "light"), (ColorScheme::Dark, "dark")] {
        show(&browser, colours, 1280);
        browser.goto(&served.at("")).expect("opened");
        let file = folder.join(format!("timeline-{name}.png"));
        browser.screenshot(&file).expect("a picture");
        let bytes = file.metadata().expect("a file").len();
        assert!(bytes <= MAX_BYTES, "{bytes} bytes of {}", file.display());
    }
}
