//! Expectations of a test about an event.

use std::borrow::Cow;
use std::fmt::{self, Write};

use behavior_trace_core::{Activity, Actor, Event, Policy as _};
use behavior_trace_runtime::DefaultPolicy;
use serde_json::Value;
use uuid::Uuid;

use super::Capture;

/// Expected values of an event. Values that are not named may be anything.
///
/// [`assert_recorded!`](crate::assert_recorded) creates it: the keys of that macro are the methods here.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Expected {
    columns: Vec<(&'static str, Option<String>)>,
    payload: Vec<(String, Value)>,
    changes: Vec<Change>,
    times: Option<usize>,
}

/// A field that is expected to have changed.
#[derive(Clone, Debug)]
struct Change {
    field: String,
    from: Value,
    to: Value,
}

impl Change {
    /// Returns whether the payload contains the change. A missing side is null.
    fn is_in(&self, payload: &Value) -> bool {
        let change = payload.get("diff").and_then(|diff| diff.get(&self.field));
        change.is_some_and(|change| {
            let side = |name| change.get(name).unwrap_or(&Value::Null);
            change.is_object() && *side("from") == self.from && *side("to") == self.to
        })
    }
}

macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident)*) => {$(
        $(#[$doc])*
        pub fn $column(self, value: impl ToString) -> Self {
            self.column(stringify!($column), Some(value.to_string()))
        }
    )*};
}

impl Expected {
    /// Creates an expectation that every event meets.
    pub fn new() -> Self {
        Self::default()
    }

    columns! {
        /// Expects this action.
        action
        /// Expects this kind of resource.
        resource
        /// Expects this resource id.
        resource_id
        /// Expects this kind of actor, as stored.
        actor_type
        /// Expects this actor id, if it is an integer.
        actor_id
        /// Expects this request id.
        request_id
        /// Expects this correlation id.
        correlation_id
        /// Expects this route template.
        route_name
        /// Expects this client address.
        ip_address
        /// Expects this user agent.
        user_agent
    }

    /// Expects this actor: kind and id, as the default policy stores them.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an actor is made for this call"
    )]
    pub fn actor(self, actor: Actor) -> Self {
        let id = actor.id().map(ToString::to_string);
        let mut event = Event::default();
        (event.actor_type, event.actor_id) = (Some(actor.kind()), id.as_deref());
        // The default policy decides about the stored form.
        let row = DefaultPolicy::default().finish(Uuid::nil(), &event);
        let expected = self
            .column("actor_type", Some(row.actor_type.into_owned()))
            .column("actor_id", row.actor_id.map(|id| id.to_string()));
        match serde_json::from_str(&row.payload) {
            Ok(payload @ Value::Object(_)) => expected.payload(payload),
            _ => expected,
        }
    }

    /// Expects this reason.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        self.key("reason", Value::String(reason.into()))
    }

    /// Expects at least these keys with these values in the payload. A value that is no object is compared with `value`.
    pub fn payload(mut self, payload: impl Into<Value>) -> Self {
        match payload.into() {
            Value::Object(object) => self.payload.extend(object),
            other => self.payload.push(("value".to_owned(), other)),
        }
        self
    }

    /// Expects a change of this field, from and to these values. A null side, such as `None::<&str>` or
    /// `serde_json::Value::Null`, matches null or an absent side.
    pub fn changed(
        mut self,
        (field, from, to): (&str, impl Into<Value>, impl Into<Value>),
    ) -> Self {
        self.changes.push(Change {
            field: field.to_owned(),
            from: from.into(),
            to: to.into(),
        });
        self
    }

    /// Expects exactly this number of such events.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    fn column(mut self, column: &'static str, value: Option<String>) -> Self {
        self.columns.push((column, value));
        self
    }

    fn key(mut self, key: &str, value: Value) -> Self {
        self.payload.push((key.to_owned(), value));
        self
    }

    /// Asserts that the capture contains such an event, for [`assert_recorded!`](crate::assert_recorded).
    ///
    /// # Panics
    ///
    /// Panics if the capture contains no such event, or not the expected number.
    #[track_caller]
    pub fn assert_recorded(&self, capture: &Capture) {
        let activities = capture.activities();
        let matching = activities
            .iter()
            .filter(|activity| self.matches(activity))
            .count();
        let holds = self.times.map_or(matching > 0, |times| matching == times);
        assert!(
            holds,
            "expected {self}, found {matching}{}",
            Listed(&activities)
        );
    }

    /// Asserts that the capture contains no such event, for [`assert_not_recorded!`](crate::assert_not_recorded).
    ///
    /// # Panics
    ///
    /// Panics if the capture contains such an event.
    #[track_caller]
    pub fn assert_not_recorded(&self, capture: &Capture) {
        let activities = capture.activities();
        let matching = activities
            .iter()
            .filter(|activity| self.matches(activity))
            .count();
        assert!(
            matching == 0,
            "expected no {self}, found {matching}{}",
            Listed(&activities)
        );
    }

    fn matches(&self, activity: &Activity<'_>) -> bool {
        let payload = serde_json::from_str::<Value>(&activity.payload).unwrap_or_default();
        self.columns
            .iter()
            .all(|(column, expected)| column_of(activity, column) == *expected)
            && self
                .payload
                .iter()
                .all(|(key, expected)| payload.get(key) == Some(expected))
            && self.changes.iter().all(|change| change.is_in(&payload))
    }
}

fn column_of(activity: &Activity<'_>, column: &str) -> Option<String> {
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    match column {
        "action" => Some(activity.action.to_string()),
        "resource" => Some(activity.resource.to_string()),
        "actor_type" => Some(activity.actor_type.to_string()),
        "actor_id" => activity.actor_id.map(|id| id.to_string()),
        "resource_id" => text(&activity.resource_id),
        "request_id" => text(&activity.request_id),
        "correlation_id" => text(&activity.correlation_id),
        "route_name" => text(&activity.route_name),
        "ip_address" => text(&activity.ip_address),
        "user_agent" => text(&activity.user_agent),
        _ => None,
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            Some(times) => write!(f, "{times} event(s)")?,
            None => f.write_str("event")?,
        }
        let mut link = " with";
        for (column, value) in &self.columns {
            match value {
                Some(value) => write!(f, "{link} {column} = {value:?}")?,
                None => write!(f, "{link} no {column}")?,
            }
            link = ",";
        }
        for (key, value) in &self.payload {
            write!(f, "{link} payload {key} = {value}")?;
            link = ",";
        }
        for Change { field, from, to } in &self.changes {
            write!(f, "{link} {field} changed from {from} to {to}")?;
            link = ",";
        }
        Ok(())
    }
}

/// The most common cause. It is not visible otherwise: the event was emitted outside, where there is no recorder.
const NOTHING: &str = "; nothing was recorded inside the capture. A task or a thread that was spawned inside it is \
    outside, unless it is wrapped in `propagate`, `propagate_fn` or `propagate_each`";

struct Listed<'a>(&'a [Activity<'a>]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(NOTHING);
        }
        f.write_str("; recorded were:")?;
        for activity in self.0 {
            let actor_id = activity
                .actor_id
                .map_or_else(String::new, |id| format!(" {id}"));
            let resource_id = activity.resource_id.as_deref().unwrap_or("-");
            f.write_str("\n  ")?;
            write!(f, "{}{actor_id}: {} ", activity.actor_type, activity.action)?;
            write!(
                f,
                "{} {resource_id} {}",
                activity.resource, activity.payload
            )?;
        }
        f.write_char('\n')
    }
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::activity;
    use behavior_trace_core::{Call, Context, record};

    use super::*;

    #[test]
    fn a_side_of_a_change_that_is_null_may_be_absent_and_no_other() {
        let diff = |text: &str| {
            activity! {
                payload: format!(r#"{{"diff":{{"email":{text},"a.b":{{"to":1}}}}}}"#).into(),
                ..Activity::default()
            }
        };
        let expected = Expected::new().changed(("email", None::<&str>, "a"));
        for text in [r#"{"to":"a"}"#, r#"{"from":null,"to":"a"}"#] {
            assert!(expected.matches(&diff(text)), "{text}");
        }
        for text in [
            r#"{"from":"b","to":"a"}"#,
            r#"{"to":"b"}"#,
            "{}",
            "\"a\"",
            "null",
        ] {
            assert!(!expected.matches(&diff(text)), "{text}");
        }
        let cleared = Expected::new().changed(("email", "a", Value::Null));
        assert!(cleared.matches(&diff(r#"{"from":"a"}"#)));
        assert!(!cleared.matches(&diff(r#"{"from":"a","to":"b"}"#)));
        let dotted = Expected::new().changed(("a.b", Value::Null, 1));
        assert!(dotted.matches(&diff("{}")));
    }

    #[test]
    fn an_actor_is_found_however_it_is_stored() {
        let actors = [
            Actor::user(7),
            Actor::system(),
            Actor::user("007"),
            Actor::user(u64::MAX),
            Actor::new("billing bot", "b-1"),
        ];
        for actor in actors {
            let capture = Capture::new();
            capture.in_scope(|| {
                Context::new().actor(actor.clone()).in_scope(|| {
                    record(&Call::new("user.update", "User"), &mut |_| ()).expect("a layer");
                });
            });
            let expected = Expected::new().actor(actor);
            expected.assert_recorded(&capture);
            Expected::new()
                .actor(Actor::user(8))
                .assert_not_recorded(&capture);
        }
    }
}
