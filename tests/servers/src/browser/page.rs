//! The page at hand: its address, and its elements.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Browser, Element};
use crate::ServerError;

/// Time limit of [`Browser::wait_for`].
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks at a page.
const LOOK: Duration = Duration::from_millis(20);

impl Browser {
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

    /// Waits until a JavaScript expression is true in the page, within ten seconds, also if the page is replaced meanwhile.
    ///
    /// # Errors
    ///
    /// It is not true in time. The error has its last value.
    pub fn wait_until(&self, expression: &str) -> Result<(), ServerError> {
        let begun = Instant::now();
        let script = format!("return {expression};");
        loop {
            let value = self.run_script(&script);
            if matches!(value, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let last = value.map_or_else(|error| error.to_string(), |value| value.to_string());
                let what = format!("see that `{expression}`");
                return Err(ServerError::browser(
                    what,
                    format!("its last value is {last}"),
                ));
            }
            thread::sleep(LOOK);
        }
    }

    /// Returns the text of the dialog that the page has open, such as an alert.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn dialog(&self) -> Result<Option<String>, ServerError> {
        match self.session.text("read the dialog", "alert/text") {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.to_string().contains("no such alert") => Ok(None),
            Err(error) => Err(error),
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
}

fn by_css(selector: &str) -> Value {
    json!({ "using": "css selector", "value": selector })
}
