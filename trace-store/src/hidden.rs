//! Columns and payload fields that rows lose before they leave for a place of other readers.

use std::collections::BTreeSet;
use std::fmt;

use behavior_trace_core::{Activity, keys};

use crate::StoredActivity;
use crate::scrub::Scrub;

/// Replacement of hidden values in a payload.
const HIDDEN: &str = "[hidden]";
/// Replacement of a payload in which fields cannot be found.
const UNREADABLE: &str = r#"{"hidden":"unreadable"}"#;

/// Columns and payload fields that copies of rows do not have: in files of an archive, or in messages.
///
/// A name of a column that may be empty empties it: `resource_id`, `correlation_id`, `request_id`, `route_name`, `ip_address`
/// and `user_agent`. `actor_id` also hides the ids of actors that are no numbers, and `payload` the whole payload. Any other
/// name is a field of payloads, at any depth and compared without case; its value becomes `"[hidden]"`, and so does a change
/// in a diff whose path contains it. A payload that cannot be read is left out whole.
///
/// ```
/// use behavior_trace::export::HiddenFields;
///
/// let hidden = HiddenFields::new(["ip_address", "user_agent", "actor_label"])?;
/// assert_eq!(hidden.columns().collect::<Vec<_>>(), ["ip_address", "user_agent"]);
/// assert_eq!(hidden.payload_fields().collect::<Vec<_>>(), ["actor_label"]);
/// // Without an action a row says nothing.
/// assert!(HiddenFields::new(["action"]).is_err());
/// # Ok::<(), behavior_trace::export::HiddenFieldsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenFields {
    columns: BTreeSet<&'static str>,
    fields: BTreeSet<String>,
}

/// A column that every row has, and that cannot be hidden.
#[derive(Clone, PartialEq, Eq)]
pub struct HiddenFieldsError {
    column: &'static str,
}

/// The columns that no copy can be without.
const ALWAYS: [&str; 5] = [
    "event_id",
    "occurred_at",
    "actor_type",
    "action",
    "resource",
];

impl HiddenFields {
    /// Creates it of names of columns and of payload fields. Empty names count for nothing.
    ///
    /// # Errors
    ///
    /// Fails for a column that every row has: `event_id`, `occurred_at`, `actor_type`, `action` and `resource`.
    pub fn new<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, HiddenFieldsError> {
        let mut hidden = Self::default();
        for name in names {
            let name = name.as_ref().trim();
            if name.is_empty() {
                continue;
            }
            let is_name = |column: &&str| column.eq_ignore_ascii_case(name);
            match Activity::COLUMNS.into_iter().find(is_name) {
                Some(column) if ALWAYS.contains(&column) => {
                    return Err(HiddenFieldsError { column });
                }
                Some(column) => {
                    hidden.columns.insert(column);
                }
                None => {
                    hidden.fields.insert(name.to_lowercase());
                }
            }
        }
        Ok(hidden)
    }

    /// Returns the hidden columns, in the order of their names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().copied()
    }

    /// Returns the hidden payload fields, in small letters and in their order.
    pub fn payload_fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// Returns all names, columns first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns().chain(self.payload_fields())
    }

    /// Returns those of the names that were hidden earlier and are not now: a forgotten option would show them.
    #[doc(hidden)]
    pub fn shown_of<'n>(&self, earlier: &'n [String]) -> Vec<&'n str> {
        let shown = earlier.iter().map(String::as_str);
        shown
            .filter(|name| !self.names().any(|hidden| hidden == *name))
            .collect()
    }

    /// Empties the hidden columns of a row, and replaces the hidden fields of its payload.
    pub fn hide(&self, row: &mut StoredActivity) {
        let activity = &mut row.activity;
        for column in &self.columns {
            match *column {
                "actor_id" => activity.actor_id = None,
                "resource_id" => activity.resource_id = None,
                "payload" => activity.payload = "{}".into(),
                "correlation_id" => activity.correlation_id = None,
                "request_id" => activity.request_id = None,
                "route_name" => activity.route_name = None,
                "ip_address" => activity.ip_address = None,
                "user_agent" => activity.user_agent = None,
                _ => {}
            }
        }
        let fields = self.scrubbed();
        if fields.is_empty() {
            return;
        }
        let scrub = Scrub {
            names: fields,
            with_label: false,
            mark: HIDDEN,
        };
        match scrub.payload(&activity.payload) {
            Ok(Some(payload)) => activity.payload = payload.into(),
            Ok(None) => {}
            Err(_) => activity.payload = UNREADABLE.into(),
        }
    }

    /// Returns the payload fields, with the one that holds an actor's id.
    fn scrubbed(&self) -> Vec<String> {
        let mut fields: Vec<_> = self.fields.iter().cloned().collect();
        if self.columns.contains("actor_id") {
            fields.push(keys::ACTOR_REF.to_owned());
        }
        fields
    }
}

impl fmt::Display for HiddenFieldsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` cannot be hidden: every row has it; hide `payload`, `resource_id` or `actor_id`, or leave such rows out by a filter",
            self.column
        )
    }
}

behavior_trace_core::debug_is_display!(HiddenFieldsError);

impl std::error::Error for HiddenFieldsError {}

#[cfg(test)]
mod tests {
    use behavior_trace_core::activity;

    use super::*;

    fn row(payload: &'static str) -> StoredActivity {
        StoredActivity {
            id: 1,
            activity: activity! {
                actor_id: Some(7),
                action: "user.update".into(),
                payload: payload.into(),
                ip_address: Some("192.0.2.1".into()),
                route_name: Some("/users/{id}".into()),
            },
            damaged: Vec::new(),
        }
    }

    #[test]
    fn named_columns_and_payload_fields_go_and_the_rest_stays() {
        let hidden = HiddenFields::new(["IP_address", "Actor_Label", "email"]).expect("names");
        let mut row = row(
            r#"{"actor_label":"Ada","diff":{"contact.email":{"from":"a","to":"b"}},"list":[{"Email":"x"}],"reason":"asked"}"#,
        );
        hidden.hide(&mut row);
        assert_eq!(row.activity.ip_address, None);
        assert_eq!(row.activity.route_name.as_deref(), Some("/users/{id}"));
        assert_eq!(row.activity.actor_id, Some(7));
        assert_eq!(
            row.activity.payload,
            r#"{"actor_label":"[hidden]","diff":{"contact.email":"[hidden]"},"list":[{"Email":"[hidden]"}],"reason":"asked"}"#
        );
    }

    #[test]
    fn what_was_hidden_earlier_and_is_not_now_is_named() {
        let hidden = HiddenFields::new(["ip_address", "email"]).expect("names");
        let earlier = ["ip_address", "user_agent", "email", "phone"].map(str::to_owned);
        assert_eq!(hidden.shown_of(&earlier), ["user_agent", "phone"]);
        assert!(hidden.shown_of(&[]).is_empty());
    }

    #[test]
    fn an_actors_id_goes_in_both_of_its_forms() {
        let hidden = HiddenFields::new(["actor_id"]).expect("a name");
        let mut row = row(r#"{"actor_ref":"8f14e45f"}"#);
        hidden.hide(&mut row);
        assert_eq!(row.activity.actor_id, None);
        assert_eq!(row.activity.payload, r#"{"actor_ref":"[hidden]"}"#);
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_left_out_whole() {
        let hidden = HiddenFields::new(["email"]).expect("a name");
        let mut row = row(r#"{"email":"ada@example.org""#);
        hidden.hide(&mut row);
        assert_eq!(row.activity.payload, UNREADABLE);
    }

    #[test]
    fn a_column_of_every_row_is_refused_by_its_name() {
        let error = HiddenFields::new(["Action"]).expect_err("needed");
        assert!(error.to_string().contains("`action` cannot be hidden"));
    }
}
