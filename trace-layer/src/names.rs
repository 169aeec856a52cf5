//! The names of span fields that belong to the context.

use std::collections::BTreeMap;

use behavior_trace_core::{Field, keys};
use tracing_core::Metadata;

/// The names of span fields that give an event its actor and its request.
///
/// The [default](SpanFieldNames::default) contains the native names (those of [`keys`]) and the presets for the spans of
/// `tower_http::trace`, `tracing-actix-web` and OpenTelemetry's conventions.
///
/// ```
/// use behavior_trace::context::{Field, SpanFieldNames};
///
/// let names = SpanFieldNames::default().map("tenant_user", Field::ActorId);
/// ```
///
/// An actor is one unit. A span with a kind or an id gives the whole actor, and outer spans add no fields of another.
/// Another id recorded later on the same span is another actor, whose label and impersonator must be recorded too. A label
/// or an impersonator alone gives no actor.
///
/// Each text is kept up to one character more than its column holds, labels and impersonators up to 256 characters. The
/// policy marks the cut.
///
/// A span that declares none of these fields costs nothing and is not examined again.
#[derive(Clone, Debug)]
pub struct SpanFieldNames {
    by_name: BTreeMap<&'static str, FieldMapping>,
}

/// The field of the context that a span field maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldMapping {
    pub(crate) field: Field,
    /// The kind of actor, if the name implies it.
    pub(crate) kind: Option<&'static str>,
}

/// The fields of a context. An action or a payload in a span does not apply to the events inside it.
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
    /// Returns no names, so that spans give no fields.
    pub const fn none() -> Self {
        Self {
            by_name: BTreeMap::new(),
        }
    }

    /// Returns only the native names: `actor_type`, `actor_id`, `actor_label`, `impersonator`, `request_id`,
    /// `correlation_id`, `route_name`, `ip_address`, `user_agent`.
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
    /// `user.id`, because in many spans it is the user that is changed.
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
        self.by_name.insert(name, FieldMapping { field, kind });
        self
    }

    /// Returns the mapping of the span field with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&FieldMapping> {
        self.by_name.get(name)
    }

    /// Returns whether spans of this callsite have a mapped field.
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
