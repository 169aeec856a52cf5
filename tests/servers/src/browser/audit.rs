//! Checks of a page by axe-core.

use std::fmt;
use std::fs;

use serde_json::{Value, json};

use super::session::Session;
use crate::{ServerError, provision_axe};

/// Runs the checks. Style sheets are not fetched again, which the page's policy could refuse.
const RUN: &str = "return axe.run(document, { preload: false, resultTypes: ['violations'] })\
                   .then(results => results.violations);";

/// Rule of axe-core that a page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Name of the rule, such as `image-alt`.
    pub rule: String,
    /// Impact in axe's words: `minor`, `moderate`, `serious`, `critical`.
    pub impact: String,
    /// Sentence that the page should fulfil.
    pub help: String,
    /// Elements that break it, each as its selector and what to fix.
    pub elements: Vec<String>,
}

impl Violation {
    fn read(value: &Value) -> Self {
        let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let elements = value["nodes"].as_array().cloned().unwrap_or_default();
        Self {
            rule: part("id"),
            impact: part("impact"),
            help: part("help"),
            elements: elements.iter().map(element).collect(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.rule, self.impact, self.help)?;
        self.elements
            .iter()
            .try_for_each(|element| write!(f, "\n  {element}"))
    }
}

/// Returns an element's selector, and what to fix in one line.
fn element(node: &Value) -> String {
    let targets = node["target"].as_array().cloned().unwrap_or_default();
    let targets: Vec<String> = targets
        .iter()
        .map(|target| {
            target
                .as_str()
                .map_or_else(|| target.to_string(), str::to_owned)
        })
        .collect();
    let summary = node["failureSummary"].as_str().unwrap_or_default();
    let summary: Vec<&str> = summary.split_whitespace().collect();
    format!("`{}`: {}", targets.join(" "), summary.join(" "))
}

pub(super) fn run(session: &Session) -> Result<Vec<Violation>, ServerError> {
    let file = provision_axe()?;
    let axe = fs::read_to_string(&file).map_err(|e| ServerError::io("read", &file, e))?;
    let script = json!({ "script": format!("{axe}\n{RUN}"), "args": [] });
    let violations = session.post("check the page by axe", "execute/sync", &script)?;
    let violations = violations.as_array().ok_or_else(|| {
        ServerError::browser("check the page by axe", format!("it answered {violations}"))
    })?;
    Ok(violations.iter().map(Violation::read).collect())
}
