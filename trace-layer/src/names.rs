//! Which span fields say something about the context.

use std::collections::BTreeMap;

use behavior_trace_core::{Field, keys};
use tracing_core::Metadata;

/// Which fields of the spans around an event say who acts and through which request.
///
/// The [default](SpanFieldNames::default) knows our own names (those of [`keys`]) and the
/// presets for the spans that `tower_http::trace`, `tracing-actix-web` and OpenTelemetry's conventions describe.
///
/// ```
/// use behavior_trace_core::Field;
/// use behavior_trace_layer::SpanFieldNames;
///
/// let names = SpanFieldNames::default().map("tenant_user", Field::ActorId);
/// ```
///
/// An actor is one thing. A span that says a kind or an id says all of its actor; what spans around it say of another one is
/// not added. Another id recorded later on the same span is another actor: its label and impersonator have to be recorded
/// too. A label or an impersonator alone says no actor.
///
/// Of each text one character more is kept than its column holds, of labels and impersonators 256; the policy marks the cut.
///
/// A span that declares none of these fields costs nothing and is not looked at again.
#[derive(Clone, Debug)]
pub struct SpanFieldNames {
    by_name: BTreeMap<&'static str, Meaning>,
}

/// What a span field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) field: Field,
    /// The kind of actor that an id under this name is, where the name itself says so.
    pub(crate) kind: Option<&'static str>,
}

/// What a context can say. An action or a payload in a span says nothing about the events inside it.
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
    /// No names: spans say nothing.
    pub const fn none() -> Self {
        Self {
            by_name: BTreeMap::new(),
        }
    }

    /// Our own names alone: `actor_type`, `actor_id`, `actor_label`, `impersonator`, `request_id`, `correlation_id`,
    /// `route_name`, `ip_address`, `user_agent`.
    pub fn native() -> Self {
        OURS.into_iter()
            .fold(Self::none(), |names, field| names.map(field.key(), field))
    }

    /// Adds what is usual in spans made for `tower_http::trace`: `request_id`, `matched_path`, `route`. Its own default
    /// span holds nothing but the raw URL, which is never taken as a route.
    #[must_use]
    pub fn tower_http(self) -> Self {
        self.map(keys::REQUEST_ID, Field::RequestId)
            .map("matched_path", Field::RouteName)
            .map("route", Field::RouteName)
    }

    /// Adds the names of `tracing-actix-web`'s root span: `request_id`, `trace_id`, `http.route`, `http.user_agent`.
    ///
    /// Not `http.client_ip`: that crate reads it from headers which any client may send. Map it yourself where a proxy
    /// you trust overwrites them.
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
    /// Not `client.address`, for the reason given [above](SpanFieldNames::tracing_actix_web); not `user.id`, which in many
    /// spans is the user that something is done *to*.
    #[must_use]
    pub fn opentelemetry(self) -> Self {
        self.map("http.route", Field::RouteName)
            .map("user_agent.original", Field::UserAgent)
            .map("trace_id", Field::CorrelationId)
            .add("enduser.id", Field::ActorId, Some("USER"))
    }

    /// Adds one name of your own. A name that is known already changes its meaning.
    #[must_use]
    pub fn map(self, name: &'static str, field: Field) -> Self {
        self.add(name, field, None)
    }

    fn add(mut self, name: &'static str, field: Field, kind: Option<&'static str>) -> Self {
        self.by_name.insert(name, Meaning { field, kind });
        self
    }

    /// What a span field of this name says.
    pub(crate) fn get(&self, name: &str) -> Option<&Meaning> {
        self.by_name.get(name)
    }

    /// Whether spans of this callsite say anything.
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
