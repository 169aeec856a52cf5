//! The lines of a catalogue as items of a list.

use behavior_trace::Timestamp;
use serde::Serialize;

use super::super::file::{Callsite, Catalogue};
use super::seen::{OPEN, Seen};
use crate::output::{OutputRecord, TextCell};
use crate::when::ZonedClock;

/// A call site, or an action of the table that no call site has.
#[derive(Debug, Serialize)]
pub(super) struct DocsRow {
    action: String,
    resource: Option<String>,
    package: Option<String>,
    function: Option<String>,
    fields: Vec<String>,
    /// `seen`, `never` or `open` of the catalogue, `unknown` of the table; `None` where the table was not read.
    state: Option<&'static str>,
    last_seen: Option<Timestamp>,
    /// Rows of an unknown action.
    rows: Option<u64>,
}

pub(super) fn rows(catalogue: &Catalogue, seen: Option<&Seen>) -> Vec<DocsRow> {
    let sites = catalogue.0.iter();
    let known = sites.map(|(site, fields)| DocsRow {
        state: seen.map(|seen| state(site, seen)),
        last_seen: seen.and_then(|seen| seen.last.get(&site.action).copied()),
        action: site.action.clone(),
        resource: Some(site.resource.clone()),
        package: Some(site.package.clone()),
        function: Some(site.path()),
        fields: fields.iter().cloned().collect(),
        rows: None,
    });
    let unknown = seen.into_iter().flat_map(|seen| &seen.unknown);
    let unknown = unknown.map(|(action, rows)| DocsRow {
        action: action.clone(),
        resource: None,
        package: None,
        function: None,
        fields: Vec::new(),
        state: Some("unknown"),
        last_seen: None,
        rows: Some(*rows),
    });
    known.chain(unknown).collect()
}

fn state(site: &Callsite, seen: &Seen) -> &'static str {
    if site.action == OPEN {
        "open"
    } else if seen.last.contains_key(&site.action) {
        "seen"
    } else {
        "never"
    }
}

impl OutputRecord for DocsRow {
    const FIELDS: &'static [&'static str] = &[
        "action",
        "resource",
        "package",
        "function",
        "fields",
        "state",
        "last_seen",
        "rows",
    ];

    // The page of Markdown is the table.
    fn headings(_: &ZonedClock) -> Vec<String> {
        Vec::new()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        Vec::new()
    }
}
