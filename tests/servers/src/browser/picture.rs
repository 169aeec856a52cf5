//! Pictures of a page.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Browser;
use crate::ServerError;

impl Browser {
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
}
