//! A browser that a test drives.

mod audit;
mod driver;
mod element;
mod keys;
mod launch;
mod media;
mod messages;
mod session;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub use audit::Violation;
pub use element::Element;
pub use keys::Key;
pub use media::{ColorScheme, Media};
pub use messages::Message;

use self::session::Session;
use crate::{ServerError, provision_chromium};

/// Time limit of [`Browser::wait_for`].
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks at a page.
const LOOK: Duration = Duration::from_millis(20);

/// A Chromium without a window, with a profile of its own. Dropping it ends all of its processes and removes its files.
///
/// It reaches 127.0.0.1 and `localhost` alone. Its window is 1280 × 800 pixels, its media are the default [`Media`].
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
        let session = Session::start(&provision_chromium()?)?;
        let browser = Self {
            session,
            has_scripts: AtomicBool::new(true),
        };
        browser.set_viewport(1280, 800)?;
        browser.set_media(Media::default())?;
        Ok(browser)
    }

    /// Opens an address and waits until its page is loaded.
    ///
    /// # Errors
    ///
    /// A page that cannot be loaded within 30 seconds, or that no server answers for.
    pub fn goto(&self, url: &str) -> Result<(), ServerError> {
        let what = format!("open `{url}`");
        self.session.post(&what, "url", &json!({ "url": url }))?;
        Ok(())
    }

    /// Goes back to the page before.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn back(&self) -> Result<(), ServerError> {
        self.session.post("go back", "back", &json!({}))?;
        Ok(())
    }

    /// Returns the address of the page, after redirects.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn url(&self) -> Result<String, ServerError> {
        self.session.text("return its address", "url")
    }

    /// Waits until the address of the page is wanted, within ten seconds, and returns it. A key that sends a form returns before
    /// the browser goes to its answer.
    ///
    /// # Errors
    ///
    /// No such address in time. The error has the last one.
    pub fn wait_for_url(&self, is_wanted: impl Fn(&str) -> bool) -> Result<String, ServerError> {
        let begun = Instant::now();
        loop {
            let url = self.url()?;
            if is_wanted(&url) {
                return Ok(url);
            }
            if begun.elapsed() > PATIENCE {
                let why = format!("it stays at `{url}`");
                return Err(ServerError::browser("leave the page", why));
            }
            thread::sleep(LOOK);
        }
    }

    /// Returns the title of the page.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn title(&self) -> Result<String, ServerError> {
        self.session.text("return the title", "title")
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

    /// Returns the first element of a CSS selector.
    ///
    /// # Errors
    ///
    /// No such element.
    pub fn find(&self, selector: &str) -> Result<Element<'_>, ServerError> {
        let what = format!("find `{selector}`");
        let found = self.session.post(&what, "element", &by_css(selector))?;
        Element::new(&self.session, selector, &found)
    }

    /// Returns all elements of a CSS selector, in the order of the page.
    ///
    /// # Errors
    ///
    /// A malformed selector.
    pub fn find_all(&self, selector: &str) -> Result<Vec<Element<'_>>, ServerError> {
        let what = format!("find `{selector}`");
        let found = self.session.post(&what, "elements", &by_css(selector))?;
        let found = found.as_array().cloned().unwrap_or_default();
        found
            .iter()
            .map(|found| Element::new(&self.session, selector, found))
            .collect()
    }

    /// Returns the first element of a CSS selector, as soon as there is one, within ten seconds.
    ///
    /// # Errors
    ///
    /// No such element in time.
    pub fn wait_for(&self, selector: &str) -> Result<Element<'_>, ServerError> {
        let begun = Instant::now();
        loop {
            match self.find(selector) {
                Err(_) if begun.elapsed() < PATIENCE => thread::sleep(LOOK),
                outcome => return outcome,
            }
        }
    }

    /// Returns the element with the keyboard's focus, or else the body of the page.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn active(&self) -> Result<Element<'_>, ServerError> {
        let what = "return the element with the focus";
        let found = self.session.get(what, "element/active")?;
        Element::new(&self.session, "the element with the focus", &found)
    }

    /// Presses keys together, as in `[Key::Shift, Key::Tab]`, and releases them.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn press(&self, keys: &[Key]) -> Result<(), ServerError> {
        self.session
            .post("press keys", "actions", &keys::chord(keys))?;
        Ok(())
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

    /// Sets the size of the window's content, in CSS pixels.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn set_viewport(&self, width: u32, height: u32) -> Result<(), ServerError> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let command = "Emulation.setDeviceMetricsOverride";
        self.session.devtools(command, &size).map(drop)
    }

    /// Sets the media of this page and of those that follow.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn set_media(&self, media: Media) -> Result<(), ServerError> {
        let command = "Emulation.setEmulatedMedia";
        self.session.devtools(command, &media.to_json()).map(drop)
    }

    /// Turns the scripts of pages on or off, from the next page on.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn set_scripts(&self, is_on: bool) -> Result<(), ServerError> {
        let command = "Emulation.setScriptExecutionDisabled";
        self.session
            .devtools(command, &json!({ "value": !is_on }))?;
        self.has_scripts.store(is_on, Ordering::Relaxed);
        Ok(())
    }

    /// Writes a picture of the whole page, also of what lies below the window, as PNG.
    ///
    /// # Errors
    ///
    /// The browser does not answer, or the file cannot be written.
    pub fn screenshot(&self, path: &Path) -> Result<(), ServerError> {
        let how =
            json!({ "format": "png", "captureBeyondViewport": true, "clip": self.page_size()? });
        let picture = self.session.devtools("Page.captureScreenshot", &how)?;
        let picture = picture["data"].as_str().unwrap_or_default();
        let bytes = STANDARD
            .decode(picture)
            .map_err(|e| ServerError::browser("take a screenshot", e.to_string()))?;
        fs::write(path, bytes).map_err(|e| ServerError::io("write", path, e))
    }

    fn page_size(&self) -> Result<Value, ServerError> {
        let metrics = self.session.devtools("Page.getLayoutMetrics", &json!({}))?;
        let mut size = metrics["cssContentSize"].clone();
        size["scale"] = 1.into();
        Ok(size)
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

fn by_css(selector: &str) -> Value {
    json!({ "using": "css selector", "value": selector })
}
