//! Serialization of rows and timestamps, for those who read.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::activity::Activity;
use crate::clock::Timestamp;

impl Serialize for Timestamp {
    /// Writes the text of [`to_rfc3339`](Self::to_rfc3339).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl Serialize for Activity<'_> {
    /// Writes the columns by their names. The payload is written as the JSON it is; a damaged one is written as its text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event_id = uuid::Uuid::encode_buffer();
        let event_id = self.event_id.hyphenated().encode_lower(&mut event_id);
        let mut row = serializer.serialize_struct("Activity", Self::COLUMNS.len())?;
        row.serialize_field("event_id", &*event_id)?;
        row.serialize_field("occurred_at", &self.occurred_at)?;
        row.serialize_field("actor_type", &*self.actor_type)?;
        row.serialize_field("actor_id", &self.actor_id)?;
        row.serialize_field("action", &*self.action)?;
        row.serialize_field("resource", &*self.resource)?;
        row.serialize_field("resource_id", &self.resource_id.as_deref())?;
        match RawValue::from_string(self.payload.replace(['\n', '\r'], " ")) {
            Ok(json) => row.serialize_field("payload", &json)?,
            Err(_) => row.serialize_field("payload", &*self.payload)?,
        }
        row.serialize_field("correlation_id", &self.correlation_id.as_deref())?;
        row.serialize_field("request_id", &self.request_id.as_deref())?;
        row.serialize_field("route_name", &self.route_name.as_deref())?;
        row.serialize_field("ip_address", &self.ip_address.as_deref())?;
        row.serialize_field("user_agent", &self.user_agent.as_deref())?;
        row.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_object_of_its_columns_with_the_payload_as_json() {
        let row = Activity {
            occurred_at: Timestamp::from_micros(1_700_000_000_000_001),
            action: "user.update".into(),
            actor_id: Some(-7),
            payload: "{\"n\":12345678901234567890123,\n\"a\":null}".into(),
            ..Activity::default()
        };
        let text = serde_json::to_string(&row).expect("serializes");
        let parts = [
            "\"event_id\":\"00000000-0000-0000-0000-000000000000\"",
            "\"occurred_at\":\"2023-11-14T22:13:20.000001Z\"",
            "\"actor_id\":-7",
            "\"resource_id\":null",
            "\"payload\":{\"n\":12345678901234567890123, \"a\":null}",
        ];
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_damaged_payload_is_its_text() {
        let row = Activity {
            payload: "{\"cut".into(),
            ..Activity::default()
        };
        let text = serde_json::to_string(&row).expect("serializes");
        assert!(text.contains("\"payload\":\"{\\\"cut\""), "{text}");
    }

    #[test]
    fn the_keys_of_a_row_are_its_columns_in_their_order() {
        let text = serde_json::to_string(&Activity::default()).expect("serializes");
        let places = Activity::COLUMNS.map(|column| text.find(&format!("\"{column}\":")));
        assert!(
            places.is_sorted() && places.iter().all(Option::is_some),
            "{text}"
        );
        let object: serde_json::Map<_, _> = serde_json::from_str(&text).expect("an object");
        assert_eq!(object.len(), Activity::COLUMNS.len());
    }
}
