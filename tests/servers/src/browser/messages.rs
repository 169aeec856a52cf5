//! Messages of the console.

use std::fmt;

use serde_json::{Value, json};

use super::session::Session;
use crate::ServerError;

/// Message of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Level in the driver's words: `SEVERE`, `WARNING`, `INFO`, `DEBUG`.
    pub level: String,
    /// Source in the driver's words, such as `console-api`, `security`, `network`, `javascript`.
    pub source: String,
    /// Text, which begins with the address and the line.
    pub text: String,
}

impl Message {
    /// Returns whether it reports a breach of the Content-Security-Policy.
    pub fn is_csp_report(&self) -> bool {
        self.text.contains("Content Security Policy")
    }

    fn read(entry: &Value) -> Self {
        let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self {
            level: part("level"),
            source: part("source"),
            text: part("message"),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.level, self.source, self.text)
    }
}

pub(super) fn read(session: &Session) -> Result<Vec<Message>, ServerError> {
    let log = json!({ "type": "browser" });
    let entries = session.post("return the console's messages", "se/log", &log)?;
    let entries = entries.as_array().cloned().unwrap_or_default();
    Ok(entries.iter().map(Message::read).collect())
}
