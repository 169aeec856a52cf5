//! `catalogue`.

mod built;
mod diff;
mod docs;

use std::fs;

use crate::tool::Place;

const OLD: &str = "old.json";
const NEW: &str = "new.json";

/// Writes a catalogue of lines such as `order.approve Order shop::orders::approve payload`. `-` is a `record!`.
fn write(place: &Place, name: &str, lines: &[&str]) {
    let entry = |line: &&str| {
        let words: Vec<_> = line.split(' ').collect();
        let (module, function) = words[2].rsplit_once("::").expect("a path");
        serde_json::json!({
            "action": words[0], "resource": words[1], "package": "shop", "module": module,
            "function": (function != "-").then_some(function), "fields": words[3..],
        })
    };
    let callsites: Vec<_> = lines.iter().map(entry).collect();
    let file = serde_json::json!({"schema": 1, "callsites": callsites});
    fs::write(place.path().join(name), file.to_string()).expect("written");
}

/// Writes the settings of the folder.
fn settings(place: &Place, text: &str) {
    fs::write(place.path().join("behavior-trace.toml"), text).expect("written");
}
