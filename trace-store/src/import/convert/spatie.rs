//! Rows of spatie's package.

use behavior_trace_core::{Activity, Event, Json};
use serde_json::value::RawValue;

use super::changes::{self, Object};
use super::{Converter, payload};
use crate::import::names::{is_model_event, kind_of, last_segment};
use crate::import::note::Reasons;
use crate::import::old_row::{JsonColumn, SpatieRow};

/// The name of a log that has no name of its own.
const DEFAULT_LOG: &str = "default";

impl Converter {
    pub(super) fn spatie(&mut self, row: &SpatieRow, reasons: &mut Reasons) -> Activity<'static> {
        let time = self.time(row.created_at.as_deref(), reasons);
        let old_action = given(row.event.as_deref()).unwrap_or(&row.description);
        let subject = given(row.subject_type.as_deref()).map(last_segment);
        let (action, resource) = self.names(old_action, subject, reasons);
        let kind = given(row.causer_type.as_deref()).map(kind_of);
        let parts = Parts::of(row);
        let diff = parts
            .diffable
            .then(|| changes::diff(parts.changes, &self.masks, reasons))
            .flatten();
        let group = row.batch_uuid.clone().or_else(|| parts.group());
        let payload = parts
            .object(row, old_action, reasons)
            .map(|text| payload::written(&text, &self.masks, reasons));

        let mut event = Event::default();
        event.occurred_at = time;
        (event.action, event.resource) = (&action, &resource);
        event.resource_id = row.subject_id.as_deref();
        // A row without a causer has no actor, as a call outside of any context.
        event.actor_type = Some(kind.as_deref().unwrap_or("ANONYMOUS"));
        event.actor_id = row.causer_id.as_deref();
        event.correlation_id = group.as_deref();
        event.payload = payload.as_deref().map(Json::untrusted);
        event.diff = diff.as_deref().map(Json::untrusted);
        self.finish(self.made_id(row.id), &event, reasons)
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The changes and the properties of a row.
struct Parts<'a> {
    changes: (Option<&'a RawValue>, Option<&'a RawValue>),
    diffable: bool,
    properties: Properties<'a>,
}

/// The properties without the changes.
enum Properties<'a> {
    None,
    Object(Object<'a>),
    /// A text that is no object.
    Other(&'a str),
    /// Too large to be read, with the size in bytes.
    Large(u64),
}

impl<'a> Parts<'a> {
    fn of(row: &'a SpatieRow) -> Self {
        let mut properties = Properties::of(&row.properties);
        let mut changes = (None, None);
        // A table that was upgraded from version 4 may have changes in either column.
        if let Some(mut object) = row
            .attribute_changes
            .text
            .as_deref()
            .and_then(changes::object)
        {
            changes = changes::take(&mut object);
        }
        if let (Properties::Object(object), (None, None)) = (&mut properties, changes) {
            changes = changes::take(object);
        }
        Self {
            changes,
            diffable: changes.0.is_some() || changes.1.is_some(),
            properties,
        }
    }

    /// Returns the group, which applications keep in the properties from version 5 on.
    fn group(&self) -> Option<String> {
        match &self.properties {
            Properties::Object(object) => serde_json::from_str(object.get("group")?.get()).ok(),
            _ => None,
        }
    }

    /// Returns the payload: the properties, and the texts that the action does not hold.
    fn object(&self, row: &SpatieRow, action: &str, reasons: &mut Reasons) -> Option<String> {
        let mut members = Vec::new();
        let properties = match &self.properties {
            Properties::None => None,
            Properties::Object(object) if object.is_empty() => None,
            Properties::Object(object) => {
                let member = |(key, value): (&String, &&RawValue)| {
                    format!("{}:{}", payload::quoted(key), value.get())
                };
                let text: Vec<_> = object.iter().map(member).collect();
                let text = format!("{{{}}}", text.join(","));
                Some(payload::value(&text, reasons).into_owned())
            }
            Properties::Other(text) => Some(payload::value(text, reasons).into_owned()),
            Properties::Large(bytes) => Some(payload::oversize(*bytes, reasons)),
        };
        members.extend(properties.map(|text| format!(r#""properties":{text}"#)));
        // The name of a model's event is in the action.
        let is_event = row.description == action && is_model_event(action);
        if !is_event && !row.description.is_empty() {
            let text = payload::quoted(&row.description);
            members.push(format!(r#""description":{text}"#));
        }
        if let Some(log) = given(row.log_name.as_deref()).filter(|log| *log != DEFAULT_LOG) {
            members.push(format!(r#""log_name":{}"#, payload::quoted(log)));
        }
        if let Some(bytes) = row
            .attribute_changes
            .bytes
            .filter(|_| row.attribute_changes.text.is_none())
        {
            let mark = payload::oversize(bytes, reasons);
            members.push(format!(r#""attribute_changes":{mark}"#));
        }
        (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
    }
}

impl<'a> Properties<'a> {
    fn of(column: &'a JsonColumn) -> Self {
        match (&column.text, column.bytes) {
            (None, None) => Self::None,
            (None, Some(bytes)) => Self::Large(bytes),
            (Some(text), _) if text.trim() == "null" => Self::None,
            (Some(text), _) => match changes::object(text) {
                Some(object) => Self::Object(object),
                None => Self::Other(text),
            },
        }
    }
}
