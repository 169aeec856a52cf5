//! Hiding the page.

use serde_json::json;

use super::Browser;
use crate::ServerError;

impl Browser {
    /// Minimizes the window, which hides the page.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn hide(&self) -> Result<(), ServerError> {
        let what = "minimize its window";
        self.session.post(what, "window/minimize", &json!({}))?;
        self.wait_until("document.hidden")
    }

    /// Shows the window again.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn show(&self) -> Result<(), ServerError> {
        let what = "show its window";
        self.session
            .post(what, "window/rect", &json!({ "x": 0, "y": 0 }))?;
        self.wait_until("!document.hidden")
    }
}
