//! Names of span fields that provide context.

use std::collections::BTreeMap;

use behavior_trace_core::{Field, keys};
use tracing_core::Metadata;

/// The names of span fields that provide the actor and the request of an event.
///
/// The [default](SpanFieldNames::default) contains the native names (those of [`keys`]) and the presets for the spans of
/// `tower_http::trace`, `tracing-actix-web` and OpenTelemetry's conventions.
///
/// ```
/// use behavior_trace_core::Field;
/// use behavior_trace_layer::SpanFieldNames;
///
/// let names = SpanFieldNames::default().map("tenant_user", Field::ActorId);
/// ```
///
/// The fields of an actor belong together. A span with a kind or an id defines the whole actor; fields of enclosing spans
/// are not added to it. Another id, recorded later on the same span, is another actor: record its label and impersonator
/// too. A label or an impersonator alone defines no actor.
///
/// Each text is kept up to one character more than its column holds; labels and impersonators up to 256. The policy marks
/// the cut.
///
/// A span that declares none of these fields costs nothing and is not examined again.
#[derive(Clone, Debug)]
pub struct SpanFieldNames {
    by_name: BTreeMap<&'static str, Meaning>,
}

/// The mapping of a span field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) field: Field,
    /// The kind of actor, if the name implies it.
    pub(crate) kind: Option<&'static str>,
}

/// The native fields of a context. An action or a payload in a span does not apply to the events inside it.
const OURS: [Field; 9] = [
    Field::ActorType,
    Field::ActorId,
    Field::ActorLabel,
    Field::Impersonator,
    Field::RequestId,
    Field::CorrelationId,
    Field::RouteName,
    Field::IpAddress,
    Field::UserAgent,
];

impl SpanFieldNames {
    /// Creates an empty set of names: spans provide no context.
    pub const fn none() -> Self {
        Self {
            by_name: BTreeMap::new(),
        }
    }

    /// Creates the native names: `actor_type`, `actor_id`, `actor_label`, `impersonator`, `request_id`, `correlation_id`,
    /// `route_name`, `ip_address`, `user_agent`.
    pub fn native() -> Self {
        OURS.into_iter()
            .fold(Self::none(), |names, field| names.map(field.key(), field))
    }

    /// Adds the usual names in spans made for `tower_http::trace`: `request_id`, `matched_path`, `route`. The default span
    /// of that crate contains only the raw URL, which is never used as a route.
    #[must_use]
    pub fn tower_http(self) -> Self {
        self.map(keys::REQUEST_ID, Field::RequestId)
            .map("matched_path", Field::RouteName)
            .map("route", Field::RouteName)
    }

    /// Adds the names of `tracing-actix-web`'s root span: `request_id`, `trace_id`, `http.route`, `http.user_agent`.
    ///
    /// `http.client_ip` is not among them: that crate reads it from headers that any client may send. Map it yourself if a
    /// trusted proxy overwrites those headers.
    #[must_use]
    pub fn tracing_actix_web(self) -> Self {
        self.map(keys::REQUEST_ID, Field::RequestId)
            .map("trace_id", Field::CorrelationId)
            .map("http.route", Field::RouteName)
            .map("http.user_agent", Field::UserAgent)
    }

    /// Adds the names of OpenTelemetry's semantic conventions: `http.route`, `user_agent.original`, `trace_id`,
    /// `enduser.id` (an actor of the kind `USER`).
    ///
    /// `client.address` is not among them, for the reason given [above](SpanFieldNames::tracing_actix_web). Neither is
    /// `user.id`: in many spans it is the user that something is done *to*.
    #[must_use]
    pub fn opentelemetry(self) -> Self {
        self.map("http.route", Field::RouteName)
            .map("user_agent.original", Field::UserAgent)
            .map("trace_id", Field::CorrelationId)
            .add("enduser.id", Field::ActorId, Some("USER"))
    }

    /// Adds one name, or replaces the field of a known name.
    #[must_use]
    pub fn map(self, name: &'static str, field: Field) -> Self {
        self.add(name, field, None)
    }

    fn add(mut self, name: &'static str, field: Field, kind: Option<&'static str>) -> Self {
        self.by_name.insert(name, Meaning { field, kind });
        self
    }

    /// Returns the mapping of a span field.
    pub(crate) fn get(&self, name: &str) -> Option<&Meaning> {
        self.by_name.get(name)
    }

    /// Returns whether spans of this callsite have context fields.
    pub(crate) fn any_in(&self, metadata: &Metadata<'_>) -> bool {
        metadata
            .fields()
            .iter()
            .any(|field| self.get(field.name()).is_some())
    }
}

impl Default for SpanFieldNames {
    fn default() -> Self {
        Self::native()
            .tower_http()
            .tracing_actix_web()
            .opentelemetry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_knows_the_names_of_all_presets() {
        let names = SpanFieldNames::default();
        for (name, field) in [
            ("request_id", Field::RequestId),
            ("matched_path", Field::RouteName),
            ("http.route", Field::RouteName),
            ("trace_id", Field::CorrelationId),
            ("user_agent.original", Field::UserAgent),
            ("enduser.id", Field::ActorId),
        ] {
            assert_eq!(
                names.get(name).map(|known| known.field),
                Some(field),
                "{name}"
            );
        }
    }

    #[test]
    fn an_address_taken_from_headers_is_not_believed() {
        let names = SpanFieldNames::default();
        assert!(names.get("http.client_ip").is_none());
        assert!(names.get("client.address").is_none());
    }

    #[test]
    fn a_name_mapped_again_changes_its_meaning() {
        let names = SpanFieldNames::native().map("request_id", Field::CorrelationId);
        let meaning = names.get("request_id").map(|known| known.field);
        assert_eq!(meaning, Some(Field::CorrelationId));
    }
}
