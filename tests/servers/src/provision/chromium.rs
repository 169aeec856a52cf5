//! Chromium and its driver, for the tests of pages.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Wanted};
use super::unpacked;
use crate::{ServerError, command};

/// Names of the browser. `chromium-browser` is none: on Ubuntu it is a script that asks for a snap.
const BROWSERS: [&str; 3] = ["chromium", "google-chrome", "google-chrome-stable"];
const DRIVER: &str = "chromedriver";
/// The packages, with the fonts that a page's text needs.
const PACKAGES: [&str; 4] = [
    "chromium",
    "chromium-driver",
    "fonts-liberation",
    "fonts-dejavu-core",
];
/// Packages that stay packed. The machine's own C library fits, as the packages are of its release: Chromium starts itself
/// again, which no launcher can intercept. The others serve drivers of graphics cards, and programs besides Chromium.
const PACKED: [&str; 6] = ["libc6_", "libllvm", "libz3", "libperl", "perl", "systemd_"];
/// Folders that no headless browser reads.
const UNUSED: [&str; 4] = [
    "usr/share/doc",
    "usr/share/icons",
    "usr/share/locale",
    "usr/share/man",
];
/// Folder of the browser and of its driver in the packages.
const FOLDER: &str = "usr/lib/chromium";
const FONTS: &str = "usr/share/fonts";
/// Folder of libraries that only other libraries use, below that of the architecture.
const INNER_LIBRARIES: &str = "pulseaudio";

/// Chromium (or Chrome) and the driver of the same version on this machine.
#[derive(Debug, Clone)]
pub struct ChromiumBinaries {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
    /// Folders of the libraries of fetched packages; an installed browser needs none.
    pub(crate) libraries: Vec<PathBuf>,
    /// Folder of the fonts of fetched packages.
    pub(crate) fonts: Option<PathBuf>,
    version: String,
}

/// Finds Chromium and its driver. On Debian it can also fetch both into the cache directory, which takes a minute once, and
/// no root.
///
/// # Errors
///
/// No browser that can be driven, and none that can be fetched (`is_missing`). The error lists all attempts and what to
/// install.
pub fn provision_chromium() -> Result<ChromiumBinaries, ServerError> {
    let mut tried = Vec::new();
    match installed() {
        Ok(binaries) => return Ok(binaries),
        Err(why) => tried.push(why),
    }
    match fetch() {
        Ok(binaries) => return Ok(binaries),
        Err(why) => tried.push(why),
    }
    Err(ServerError::missing_browser(tried))
}

impl ChromiumBinaries {
    /// Returns the browser's version, such as `156.0.8078.114`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the variables that the driver and the browser run with.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        if self.libraries.is_empty() {
            return Vec::new();
        }
        let libraries: Vec<String> = self.libraries.iter().map(|l| spelled(l)).collect();
        vec![("LD_LIBRARY_PATH", libraries.join(":"))]
    }

    fn open(
        browser: PathBuf,
        driver: PathBuf,
        libraries: Vec<PathBuf>,
        fonts: Option<PathBuf>,
    ) -> Result<Self, ServerError> {
        let mut binaries = Self {
            browser,
            driver,
            libraries,
            fonts,
            version: String::new(),
        };
        let ask = |program: &Path| {
            let mut ask = Command::new(program);
            ask.arg("--version").envs(binaries.environment());
            command::run(&mut ask)
        };
        let said = (ask(&binaries.browser)?, ask(&binaries.driver)?);
        binaries.version = matching(&said.0, &said.1)
            .map_err(|why| ServerError::unusable(spelled(&binaries.browser), why))?;
        Ok(binaries)
    }
}

/// Finds a browser and a driver in `PATH`.
fn installed() -> Result<ChromiumBinaries, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path = |name: &str| {
        env::split_paths(&path)
            .map(|dir| dir.join(name))
            .find(|file| file.is_file())
    };
    let mut why = Vec::new();
    let mut browsers = BROWSERS.iter().filter_map(|name| in_path(name)).peekable();
    if browsers.peek().is_none() {
        return Err(format!("none of {} in PATH", BROWSERS.join(", ")));
    }
    let driver = in_path(DRIVER).ok_or_else(|| format!("no `{DRIVER}` in PATH"))?;
    for browser in browsers {
        if is_snap(&fs::canonicalize(&browser).unwrap_or_default()) {
            let browser = browser.display();
            why.push(format!(
                "{browser} is a snap, which sees no directory of the tests"
            ));
            continue;
        }
        match ChromiumBinaries::open(browser, driver.clone(), Vec::new(), None) {
            Ok(binaries) => return Ok(binaries),
            Err(error) => why.push(error.to_string()),
        }
    }
    Err(why.join("; "))
}

fn fetch() -> Result<ChromiumBinaries, String> {
    let prefix = apt::fetch_packages(&Wanted {
        name: "chromium",
        debian_suite: None,
        not_on_ubuntu: Some("Ubuntu has Chromium as a snap only, and no package of it"),
        packages: &[&PACKAGES],
        packed: &PACKED,
        binaries: &|_| Ok(Vec::new()),
        unused: &UNUSED,
    })?;
    open_unpacked(&prefix).map_err(|error| apt::does_not_run(&prefix, &error))
}

fn open_unpacked(prefix: &Path) -> Result<ChromiumBinaries, ServerError> {
    let mut libraries = unpacked::library_folders(prefix);
    let inner: Vec<PathBuf> = libraries.iter().map(|l| l.join(INNER_LIBRARIES)).collect();
    libraries.extend(inner.into_iter().filter(|folder| folder.is_dir()));
    let folder = prefix.join(FOLDER);
    let (browser, driver) = (folder.join("chromium"), folder.join(DRIVER));
    ChromiumBinaries::open(browser, driver, libraries, Some(prefix.join(FONTS)))
}

/// Returns the browser's version if the driver's has the same first number, as it must.
fn matching(browser: &str, driver: &str) -> Result<String, String> {
    let (Some(browser), Some(driver)) = (read_version(browser), read_version(driver)) else {
        return Err(format!("no versions in `{browser}` and `{driver}`"));
    };
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(browser) == major(driver) {
        Ok(browser.to_owned())
    } else {
        Err(format!(
            "its version is {browser}, and that of `{DRIVER}` is {driver}"
        ))
    }
}

/// Reads the version from `Chromium 156.0.8078.114 built on Debian`, `Google Chrome 156.0.8078.114`.
fn read_version(said: &str) -> Option<&str> {
    said.split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
}

/// Returns whether a path without links is that of a snap, whose commands are links to `/usr/bin/snap`.
fn is_snap(path: &Path) -> bool {
    path.starts_with("/snap") || path.ends_with("snap")
}

fn spelled(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRIVER_156: &str =
        "ChromeDriver 156.0.8078.114 (ea19f9737303-refs/branch-heads/8078@{#5})";

    #[test]
    fn a_browser_needs_a_driver_of_its_first_number() {
        let debian = "Chromium 156.0.8078.114 built on Debian GNU/Linux 12 (bookworm)\n";
        assert_eq!(
            matching(debian, DRIVER_156).as_deref(),
            Ok("156.0.8078.114")
        );
        let newer = "Google Chrome 157.0.1.2 \n";
        let why = matching(newer, DRIVER_156).unwrap_err();
        assert!(
            why.contains("157.0.1.2") && why.contains("156.0.8078.114"),
            "{why}"
        );
        assert!(matching("Command not found", DRIVER_156).is_err());
    }

    #[test]
    fn a_snap_is_known_by_its_path() {
        assert!(is_snap(Path::new("/usr/bin/snap")));
        assert!(is_snap(Path::new("/snap/chromium/2/bin/chromium")));
        assert!(!is_snap(Path::new("/usr/bin/chromium")));
    }

    #[test]
    fn fetched_packages_run_with_fonts_and_ubuntu_has_none() {
        match fetch() {
            Ok(binaries) => assert!(binaries.fonts.expect("fonts").is_dir()),
            Err(why) => assert!(why.contains("Ubuntu has Chromium as a snap only"), "{why}"),
        }
    }
}
