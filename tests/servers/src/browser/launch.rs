//! The words and files that a browser starts with.

use std::path::Path;

use serde_json::{Value, json};

use crate::ChromiumBinaries;

/// Arguments of the browser. Without most of them it looks for hosts that are not there, or needs a graphics card.
const ARGUMENTS: [&str; 15] = [
    "--headless",
    // A container, and packages without the sandbox's setuid program, have none. It opens pages of the tests alone.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    // A container's shared memory is small.
    "--disable-dev-shm-usage",
    // No page depends on another host, and none is asked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    // Pictures are the same on each machine.
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-US",
];

/// Returns the capabilities of a new session, with its profile below `home`.
pub(super) fn capabilities(binaries: &ChromiumBinaries, home: &Path) -> Value {
    let profile = format!("--user-data-dir={}", home.join("profile").display());
    let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "timeouts": { "implicit": 0, "pageLoad": 30_000, "script": 30_000 },
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "binary": binaries.browser, "args": arguments },
    } } })
}

/// Returns the words that start the driver, with everything that it and its browser write below `home`.
pub(super) fn driver_words(binaries: &ChromiumBinaries, home: &Path) -> Vec<String> {
    let mut words = vec!["env".to_owned()];
    let below = ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
    words.extend(below.map(|name| format!("{name}={}", home.display())));
    let own = binaries.environment().into_iter();
    words.extend(own.map(|(name, value)| format!("{name}={value}")));
    if binaries.fonts.is_some() {
        words.push(format!("FONTCONFIG_FILE={}", home.join(FONTS).display()));
    }
    words.push(binaries.driver.display().to_string());
    // It takes a free port itself.
    words.push("--port=0".to_owned());
    words
}

/// Name of the file with the settings of fonts.
pub(super) const FONTS: &str = "fonts.conf";

/// Font of `system-ui`, for which the browser names no family, and of unknown families.
const DEFAULT_FONT: &str = "<match><edit name=\"family\" mode=\"append_last\"><string>Liberation Sans</string></edit></match>\n";

/// Returns the settings of fonts: those of a folder, by the names that pages use.
pub(super) fn fonts(folder: &Path, cache: &Path) -> String {
    let families = [
        ("sans-serif", "Liberation Sans"),
        ("sans", "Liberation Sans"),
        ("Arial", "Liberation Sans"),
        ("Helvetica", "Liberation Sans"),
        ("serif", "Liberation Serif"),
        ("Times New Roman", "Liberation Serif"),
        ("monospace", "Liberation Mono"),
        ("Courier New", "Liberation Mono"),
    ];
    let aliases = families.map(|(family, font)| {
        format!("<alias binding=\"same\"><family>{family}</family><prefer><family>{font}</family></prefer></alias>\n")
    });
    let aliases = aliases.concat();
    let (folder, cache) = (folder.display(), cache.display());
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n\
         <fontconfig>\n<dir>{folder}</dir>\n<cachedir>{cache}</cachedir>\n{aliases}{DEFAULT_FONT}</fontconfig>\n"
    )
}
