//! The media features of a page.

use serde_json::{Value, json};

/// Media that a page is shown for: by default a light screen with motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Media {
    /// Colours that the person prefers.
    pub color_scheme: ColorScheme,
    /// The person prefers no motion.
    pub reduced_motion: bool,
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
        json!({
            "media": if self.print { "print" } else { "screen" },
            "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": motion },
            ],
        })
    }
}
