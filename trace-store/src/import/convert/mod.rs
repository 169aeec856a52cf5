//! Conversion of an old row into a row of the recorder, with the reasons for each value that changed. It reads and writes
//! nothing.

mod changes;
mod payload;
mod php;
mod spatie;

use behavior_trace_core::domain::{Classification, classify_action};
use behavior_trace_core::{Activity, Event, Masks, Timestamp, columns, limits};
use uuid::Uuid;

use super::clock::Clock;
use super::names::Names;
use super::note::Reasons;
use super::old_row::OldRow;
use super::reason::ImportReason;

/// Namespace of the event ids that are made of a row's id.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d1c_7a52_96f0_4f0b_a3c4_5e2d_b1f7_9a60);

/// The rules of an import, and the clock that reads its times.
#[derive(Clone, Debug)]
pub(super) struct Converter {
    pub(super) names: Names,
    pub(super) masks: Masks,
    pub(super) clock: Clock,
    /// Name that made event ids depend on.
    pub(super) origin: String,
}

/// A converted row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) activity: Activity<'static>,
    pub(super) reasons: Reasons,
}

impl Converter {
    /// Converts the row with the next higher id.
    pub(super) fn convert(&mut self, row: &OldRow) -> Converted {
        let mut reasons = Reasons::default();
        let activity = match row {
            OldRow::Php(row) => self.php(row, &mut reasons),
            OldRow::Spatie(row) => self.spatie(row, &mut reasons),
        };
        Converted { activity, reasons }
    }

    fn time(&mut self, text: Option<&str>, reasons: &mut Reasons) -> Timestamp {
        let (time, reason) = self.clock.read(text);
        if let Some(reason) = reason {
            reasons.add(reason);
        }
        time
    }

    /// Returns an event id that is the same in every run.
    fn made_id(&self, id: u64) -> Uuid {
        let name = format!("{}\0{id}", self.origin);
        Uuid::new_v5(&NAMESPACE, name.as_bytes())
    }

    /// Returns the new action and resource.
    fn names(
        &self,
        action: &str,
        resource: Option<&str>,
        reasons: &mut Reasons,
    ) -> (String, String) {
        let mapped = self.names.map(action, resource);
        let (action, resource) = mapped.unwrap_or_else(|| {
            reasons.add(ImportReason::NameUnmapped);
            (action.to_owned(), resource.unwrap_or_default().to_owned())
        });
        if matches!(classify_action(&action), Classification::Other(_)) {
            reasons.add(ImportReason::NameOfOtherDomain);
        }
        (action, resource)
    }

    /// Turns an event into a row. Its payload is an object's text without a reserved key, or a value that is none.
    fn finish(
        &self,
        event_id: Uuid,
        event: &Event<'_>,
        reasons: &mut Reasons,
    ) -> Activity<'static> {
        note_texts(event, reasons);
        let row = columns::row(event_id, event, &self.masks);
        if event.actor_type != Some(&row.actor_type) {
            reasons.add(ImportReason::ActorTypeNormalised);
        }
        if row.actor_id.is_none() && event.actor_id.is_some_and(|id| !id.is_empty()) {
            reasons.add(ImportReason::ActorIdAsRef);
        }
        // A payload that does not fit is replaced by a short mark; otherwise the row has all of it.
        let bytes = event.payload.map_or(0, |payload| payload.as_str().len());
        if row.payload.len() < bytes {
            reasons.add(ImportReason::PayloadTooLarge);
        }
        row.into_owned()
    }
}

/// Notes the texts that do not fit their columns.
fn note_texts(event: &Event<'_>, reasons: &mut Reasons) {
    let nullable = [
        (event.resource_id, limits::RESOURCE_ID),
        (event.correlation_id, limits::CORRELATION_ID),
        (event.request_id, limits::REQUEST_ID),
        (event.route_name, limits::ROUTE_NAME),
        (event.ip_address, limits::IP_ADDRESS),
        (event.user_agent, limits::USER_AGENT),
        (event.actor_id, limits::NAME),
    ];
    let texts = [
        (Some(event.action), limits::ACTION),
        (Some(event.resource), limits::RESOURCE),
    ];
    let is_long = |(text, limit): &(Option<&str>, usize)| {
        text.is_some_and(|text| text.len() > *limit && text.chars().count() > *limit)
    };
    if nullable.iter().chain(&texts).any(is_long) {
        reasons.add(ImportReason::TextClipped);
    }
    if nullable.iter().any(|(text, _)| *text == Some("")) {
        reasons.add(ImportReason::EmptyAsNull);
    }
}

#[cfg(test)]
#[path = "../../../tests/import/convert.rs"]
mod tests;
