//! Rows of activity in each form.

use std::borrow::Cow;

use behavior_trace::Activity;
use behavior_trace::query::StoredActivity;
use serde::Serialize;

use super::damaged::{marked_line, marked_part};
use super::details::{changes, details, label, reference};
use super::{Color, OutputRecord, TextCell, escaped, with_columns};
use crate::when::ZonedClock;

/// A row of activity as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct ActivityRow(pub(crate) StoredActivity);

impl OutputRecord for ActivityRow {
    const FIELDS: &'static [&'static str] =
        &with_columns::<{ Activity::COLUMNS.len() + 2 }>(&["id"], &["damaged"]);

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let time = format!("time ({})", clock.zone());
        [&time, "actor", "action", "resource", "details"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        line(&self.0, clock)
    }
}

/// Returns the cells of a row: time, actor, action, resource, details.
pub(crate) fn line(row: &StoredActivity, clock: &ZonedClock) -> Vec<TextCell> {
    let activity = &row.activity;
    let cells = [
        TextCell::new(clock.show(activity.occurred_at)).color(Color::Dim),
        TextCell::new(actor(activity)).color(Color::Cyan),
        action(activity),
        TextCell::new(resource(activity)),
        TextCell::new(details(&activity.payload)),
    ];
    marked_line(cells, &row.damaged)
}

impl ActivityRow {
    /// Returns all of a row as pairs of name and value, with the payload in lines.
    pub(crate) fn in_full(&self, clock: &ZonedClock) -> Vec<(String, TextCell)> {
        let row = &self.0;
        let mut parts = vec![("id".to_owned(), TextCell::new(row.id.to_string()))];
        if !row.damaged.is_empty() {
            let damaged = TextCell::new(row.damaged.join(", ")).color(Color::Red);
            parts.push(("damaged columns".to_owned(), damaged));
        }
        let activity = in_full(&row.activity, clock);
        let marked = |(name, cell): (String, TextCell)| {
            let cell = marked_part(&name, cell, &row.damaged);
            (name, cell)
        };
        parts.extend(activity.into_iter().map(marked));
        parts
    }
}

/// Returns all of an activity as pairs of name and value, with the payload in lines.
pub(crate) fn in_full(activity: &Activity<'_>, clock: &ZonedClock) -> Vec<(String, TextCell)> {
    let text = |text: &Option<Cow<'_, str>>| text.as_ref().map(TextCell::new);
    let time = format!("{} {}", clock.show(activity.occurred_at), clock.zone());
    let parts = [
        ("event", Some(TextCell::new(activity.event_id.to_string()))),
        ("time", Some(TextCell::new(time))),
        (
            "actor",
            Some(TextCell::new(actor(activity)).color(Color::Cyan)),
        ),
        ("action", Some(action(activity))),
        ("resource", Some(TextCell::new(resource(activity)))),
        ("correlation", text(&activity.correlation_id)),
        ("request", text(&activity.request_id)),
        ("route", text(&activity.route_name)),
        ("address", text(&activity.ip_address)),
        ("user agent", text(&activity.user_agent)),
        ("changes", change_lines(&activity.payload)),
        ("payload", Some(payload_lines(&activity.payload))),
    ];
    let named = parts
        .into_iter()
        .filter_map(|(name, cell)| Some((name.to_owned(), cell?)));
    named.collect()
}

fn change_lines(payload: &str) -> Option<TextCell> {
    let lines: Vec<_> = changes(payload)
        .iter()
        .map(|(path, from, to)| escaped(&format!("{path}: {from} → {to}")))
        .collect();
    (!lines.is_empty()).then(|| TextCell::of_lines(&lines))
}

fn payload_lines(payload: &str) -> TextCell {
    // serde_json's own printer keeps the texts of numbers only with raw values, so each top key is a line.
    let parts: Option<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>> =
        serde_json::from_str(payload).ok();
    match parts {
        Some(parts) if !parts.is_empty() => {
            let lines: Vec<_> = parts
                .iter()
                .map(|(key, value)| escaped(&format!("{key}: {}", value.get())))
                .collect();
            TextCell::of_lines(&lines)
        }
        _ => TextCell::new(payload),
    }
}

fn actor(activity: &Activity<'_>) -> String {
    let id = activity.actor_id.map(|id| id.to_string());
    let mut text = activity.actor_type.to_string();
    if let Some(id) = id.or_else(|| reference(&activity.payload)) {
        text = format!("{text}:{id}");
    }
    match label(&activity.payload) {
        Some(label) => format!("{text} ({label})"),
        None => text,
    }
}

/// Returns the action in the colour of its verb.
pub(crate) fn action(activity: &Activity<'_>) -> TextCell {
    TextCell::new(&activity.action).color(of_action(&activity.action))
}

/// Returns the resource with its id.
pub(crate) fn resource(activity: &Activity<'_>) -> String {
    match &activity.resource_id {
        Some(id) => format!("{}:{id}", activity.resource),
        None => activity.resource.to_string(),
    }
}

/// Returns green for what creates and red for what removes.
fn of_action(action: &str) -> Color {
    match action.rsplit('.').next().unwrap_or_default() {
        "create" | "created" | "add" | "restore" => Color::Green,
        "delete" | "deleted" | "remove" | "destroy" | "purge" => Color::Red,
        _ => Color::Yellow,
    }
}
