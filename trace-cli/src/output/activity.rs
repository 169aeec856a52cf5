//! Rows of activity in each form.

use std::borrow::Cow;

use behavior_trace::Activity;
use behavior_trace::query::StoredActivity;
use serde::Serialize;

use super::details::{changes, details, label, reference};
use super::{Cell, Color, Record, escaped};
use crate::when::Clock;

/// A row of activity as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct ActivityRow(pub(crate) StoredActivity);

impl Record for ActivityRow {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "event_id",
        "occurred_at",
        "actor_type",
        "actor_id",
        "action",
        "resource",
        "resource_id",
        "payload",
        "correlation_id",
        "request_id",
        "route_name",
        "ip_address",
        "user_agent",
    ];

    fn headings(clock: &Clock) -> Vec<String> {
        let time = format!("time ({})", clock.zone());
        [&time, "actor", "action", "resource", "details"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, clock: &Clock) -> Vec<Cell> {
        line(&self.0, clock)
    }
}

/// Returns the cells of a row: time, actor, action, resource, details.
pub(crate) fn line(row: &StoredActivity, clock: &Clock) -> Vec<Cell> {
    let activity = &row.activity;
    vec![
        Cell::new(clock.show(activity.occurred_at)).color(Color::Dim),
        Cell::new(actor(activity)).color(Color::Cyan),
        action(activity),
        Cell::new(resource(activity)),
        Cell::new(details(&activity.payload)),
    ]
}

impl ActivityRow {
    /// Returns all of a row as pairs of name and value, with the payload in lines.
    pub(crate) fn in_full(&self, clock: &Clock) -> Vec<(String, Cell)> {
        let row = &self.0;
        let mut parts = vec![("id".to_owned(), Cell::new(row.id.to_string()))];
        if !row.damaged.is_empty() {
            let damaged = Cell::new(row.damaged.join(", ")).color(Color::Red);
            parts.push(("damaged columns".to_owned(), damaged));
        }
        parts.extend(in_full(&row.activity, clock));
        parts
    }
}

/// Returns all of an activity as pairs of name and value, with the payload in lines.
pub(crate) fn in_full(activity: &Activity<'_>, clock: &Clock) -> Vec<(String, Cell)> {
    let text = |text: &Option<Cow<'_, str>>| text.as_ref().map(Cell::new);
    let time = format!("{} {}", clock.show(activity.occurred_at), clock.zone());
    let parts = [
        ("event", Some(Cell::new(activity.event_id.to_string()))),
        ("time", Some(Cell::new(time))),
        ("actor", Some(Cell::new(actor(activity)).color(Color::Cyan))),
        ("action", Some(action(activity))),
        ("resource", Some(Cell::new(resource(activity)))),
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

fn change_lines(payload: &str) -> Option<Cell> {
    let lines: Vec<_> = changes(payload)
        .iter()
        .map(|(path, from, to)| escaped(&format!("{path}: {from} → {to}")))
        .collect();
    (!lines.is_empty()).then(|| Cell::of_lines(&lines))
}

fn payload_lines(payload: &str) -> Cell {
    // serde_json's own printer keeps the texts of numbers only with raw values, so each top key is a line.
    let parts: Option<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>> =
        serde_json::from_str(payload).ok();
    match parts {
        Some(parts) if !parts.is_empty() => {
            let lines: Vec<_> = parts
                .iter()
                .map(|(key, value)| escaped(&format!("{key}: {}", value.get())))
                .collect();
            Cell::of_lines(&lines)
        }
        _ => Cell::new(payload),
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
pub(crate) fn action(activity: &Activity<'_>) -> Cell {
    Cell::new(&activity.action).color(of_action(&activity.action))
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
