//! The circumstances in which a page is shown.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::Browser;
use crate::ServerError;

/// Media that a page is shown for: by default a light screen with motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Media {
    /// Colours that the person prefers.
    pub color_scheme: ColorScheme,
    /// The person prefers no motion.
    pub reduced_motion: bool,
    /// The person prefers colours of their own, and few of them.
    pub forced_colors: bool,
    /// The page is printed.
    pub print: bool,
}

/// Colours that a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorScheme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

impl Media {
    pub(super) fn to_json(self) -> Value {
        let scheme = match self.color_scheme {
            ColorScheme::Light => "light",
            ColorScheme::Dark => "dark",
        };
        let motion = if self.reduced_motion {
            "reduce"
        } else {
            "no-preference"
        };
        let colors = if self.forced_colors { "active" } else { "none" };
        json!({
            "media": if self.print { "print" } else { "screen" },
            "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": motion },
                { "name": "forced-colors", "value": colors },
            ],
        })
    }
}

impl Browser {
    /// Hides scrollbars, which take room from a page, and are no part of a picture.
    pub(super) fn hide_scrollbars(&self) -> Result<(), ServerError> {
        let how = json!({ "hidden": true });
        self.session
            .devtools("Emulation.setScrollbarsHidden", &how)
            .map(drop)
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

    /// Sets the time zone of the browser by its name in the IANA's database, such as `America/New_York`.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn set_timezone(&self, zone: &str) -> Result<(), ServerError> {
        let zone = json!({ "timezoneId": zone });
        let command = "Emulation.setTimezoneOverride";
        self.session.devtools(command, &zone).map(drop)
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
}
