//! A browser that a test drives.

mod audit;
mod driver;
mod element;
mod keys;
mod launch;
mod media;
mod messages;
mod page;
mod picture;
mod session;
mod visibility;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

pub use audit::Violation;
pub use element::Element;
pub use keys::Key;
pub use media::{ColorScheme, Media};
pub use messages::Message;

use self::session::Session;
use crate::{ChromiumBinaries, ServerError, provision_chromium};

/// A Chromium without a window, with a profile of its own. Dropping it ends all of its processes and removes its files.
///
/// It reaches 127.0.0.1 and `localhost` alone. Its window is 1280 × 800 pixels without scrollbars, its media are the default [`Media`].
///
/// ```no_run
/// use behavior_trace_servers::{Browser, Key};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let browser = Browser::start()?;
/// browser.goto("http://127.0.0.1:3000/activity")?;
/// browser.press(&[Key::Tab])?;
/// assert_eq!(browser.active()?.label()?, "Skip to the rows");
/// assert_eq!(browser.axe()?, []);
/// assert_eq!(browser.messages()?, []);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Browser {
    session: Session,
    has_scripts: AtomicBool,
}

impl Browser {
    /// Starts a browser, within a second.
    ///
    /// # Errors
    ///
    /// No browser, and none that can be fetched (`is_missing`), or a start that fails, with the end of its log.
    pub fn start() -> Result<Self, ServerError> {
        let session = Session::start(binaries()?)?;
        let browser = Self {
            session,
            has_scripts: AtomicBool::new(true),
        };
        browser.hide_scrollbars()?;
        browser.set_viewport(1280, 800)?;
        browser.set_media(Media::default())?;
        Ok(browser)
    }

    /// Runs the body of a JavaScript function in the page, also where its scripts are off, and returns its result. The page's
    /// Content-Security-Policy does not limit it. While scripts are off no promise is kept.
    ///
    /// # Errors
    ///
    /// A script that throws, or whose promise is not kept within 30 seconds.
    pub fn run_script(&self, body: &str) -> Result<Value, ServerError> {
        let script = json!({ "script": body, "args": [] });
        self.session.post("run a script", "execute/sync", &script)
    }

    /// Returns the console's messages since the last call, with reports of the Content-Security-Policy and failed requests.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn messages(&self) -> Result<Vec<Message>, ServerError> {
        messages::read(&self.session)
    }

    /// Checks the page by all rules of axe-core but the experimental ones, and returns its violations. Where scripts are off,
    /// they are on during the check, as axe-core waits by promises; those of the loaded page do not run then.
    ///
    /// # Errors
    ///
    /// No axe-core, and none that can be fetched (`is_missing`).
    pub fn axe(&self) -> Result<Vec<Violation>, ServerError> {
        let had_scripts = self.has_scripts.load(Ordering::Relaxed);
        if had_scripts {
            return audit::run(&self.session);
        }
        self.set_scripts(true)?;
        let violations = audit::run(&self.session);
        self.set_scripts(false)?;
        violations
    }

    /// Returns the id of its process group, whose leader is the driver.
    pub fn pid(&self) -> Option<u32> {
        self.session.driver().pid()
    }

    /// Returns the folder with all files that it writes.
    pub fn directory(&self) -> &Path {
        self.session.driver().home()
    }
}

/// Returns the binaries, which a process looks for once.
fn binaries() -> Result<&'static ChromiumBinaries, ServerError> {
    static FOUND: OnceLock<ChromiumBinaries> = OnceLock::new();
    match FOUND.get() {
        Some(found) => Ok(found),
        None => provision_chromium().map(|found| FOUND.get_or_init(|| found)),
    }
}
