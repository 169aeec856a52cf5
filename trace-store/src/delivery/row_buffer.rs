//! A buffer of finished rows with all texts in one string. A separate string per text would cost more than all other work on
//! a row.

use std::borrow::Cow;
use std::ops::Range;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use uuid::Uuid;

/// Finished rows with their texts in one string.
#[derive(Clone, Debug, Default)]
pub struct RowBuffer {
    texts: String,
    rows: Vec<RowOffsets>,
}

/// Offsets and scalar values of a row.
#[derive(Clone, Debug)]
struct RowOffsets {
    event_id: Uuid,
    occurred_at: Timestamp,
    actor_id: Option<i64>,
    /// Start of the row's texts.
    at: usize,
    /// Length of each text in the order of storage, or [`NULL`].
    lengths: [u32; 10],
}

/// Marker for a missing text, in place of a length; no text is that long.
const NULL: u32 = u32::MAX;

impl RowBuffer {
    /// Creates an empty buffer with room for `rows` rows whose texts have `bytes` bytes in total.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self {
            texts: String::with_capacity(bytes),
            rows: Vec::with_capacity(rows),
        }
    }

    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn push(&mut self, row: &Activity<'_>) {
        let row = self.append(row);
        self.rows.push(row);
    }

    pub fn get(&self, place: usize) -> Option<Activity<'_>> {
        self.rows.get(place).map(|row| self.activity(row))
    }

    /// Returns the rows of a range in the form in which they are stored.
    pub fn activities(&self, range: Range<usize>) -> Vec<Activity<'_>> {
        let rows = self.rows.get(range).unwrap_or_default();
        rows.iter().map(|row| self.activity(row)).collect()
    }

    fn append(&mut self, row: &Activity<'_>) -> RowOffsets {
        let at = self.texts.len();
        let mut add = |text: &str| match u32::try_from(text.len()) {
            Ok(length) => {
                self.texts.push_str(text);
                length
            }
            Err(_) => NULL,
        };
        let lengths = [
            add(&row.actor_type),
            add(&row.action),
            add(&row.resource),
            add(&row.payload),
            row.resource_id.as_deref().map_or(NULL, &mut add),
            row.correlation_id.as_deref().map_or(NULL, &mut add),
            row.request_id.as_deref().map_or(NULL, &mut add),
            row.route_name.as_deref().map_or(NULL, &mut add),
            row.ip_address.as_deref().map_or(NULL, &mut add),
            row.user_agent.as_deref().map_or(NULL, &mut add),
        ];
        RowOffsets {
            event_id: row.event_id,
            occurred_at: row.occurred_at,
            actor_id: row.actor_id,
            at,
            lengths,
        }
    }

    fn activity(&self, row: &RowOffsets) -> Activity<'_> {
        let mut rest = &self.texts[row.at..];
        let mut lengths = row.lengths.into_iter();
        let mut text = || {
            let length = lengths.next().filter(|length| *length != NULL)?;
            let (text, after) = rest.split_at(usize::try_from(length).ok()?);
            rest = after;
            Some(Cow::Borrowed(text))
        };
        // The macro evaluates the fields in the order written here, which is the order of the texts.
        activity! {
            event_id: row.event_id,
            occurred_at: row.occurred_at,
            actor_id: row.actor_id,
            actor_type: text().unwrap_or_default(),
            action: text().unwrap_or_default(),
            resource: text().unwrap_or_default(),
            payload: text().unwrap_or_default(),
            resource_id: text(),
            correlation_id: text(),
            request_id: text(),
            route_name: text(),
            ip_address: text(),
            user_agent: text(),
        }
    }
}

impl<'a> FromIterator<Activity<'a>> for RowBuffer {
    fn from_iter<I: IntoIterator<Item = Activity<'a>>>(activities: I) -> Self {
        let mut rows = Self::default();
        for activity in activities {
            rows.push(&activity);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64) -> Activity<'static> {
        activity! {
            event_id: Uuid::from_u128(7),
            occurred_at: Timestamp::from_micros(number),
            actor_type: "USER".into(),
            actor_id: Some(number),
            action: "größe.update".into(),
            resource: "Thing".into(),
            payload: format!(r#"{{"number":{number}}}"#).into(),
            resource_id: Some("".into()),
            correlation_id: None,
            request_id: Some("r".into()),
            route_name: Some("/things/{id}".into()),
            ip_address: None,
            user_agent: Some("curl".into()),
        }
    }

    #[test]
    fn rows_come_out_as_they_went_in_and_in_order() {
        let all = [row(1), Activity::default(), row(2)];
        let rows: RowBuffer = all.iter().cloned().collect();
        assert_eq!(rows.activities(0..3), all);
        assert_eq!(rows.activities(1..2), all[1..2]);
        assert_eq!(rows.get(3), None);
    }
}
