//! Filters of queries, exports and followers.

use behavior_trace_core::columns::{ActorColumn, actor_id, actor_type};
use behavior_trace_core::{Actor, Timestamp};
use uuid::Uuid;

use super::Query;
use crate::export::Export;
use crate::follow::Follow;
use crate::store::filter::{Column, Condition};

/// Implements the filters of a type with a field `filter`. Filters are combined with AND.
macro_rules! filters {
    ($filtered:ty) => {
        impl $filtered {
            /// Keeps rows of this actor: its kind and, if it has one, its id. Kinds are compared in the form the default policy
            /// stores.
            pub fn actor(mut self, actor: &Actor) -> Self {
                self.filter.0.extend(conditions_of(actor));
                self
            }

            /// Keeps rows of which this actor is the impersonator: its acts in the name of others. The kind is compared in upper
            /// case. There is no index for it: add a time range.
            pub fn impersonator(self, actor: &Actor) -> Self {
                let kind = actor_type(Some(actor.kind()));
                let word = match actor.id() {
                    Some(id) => format!("{kind}:{id}"),
                    None => kind.into_owned(),
                };
                self.with(Condition::impersonator(&word))
            }

            /// Keeps rows of any actor of this kind.
            pub fn actor_type(self, kind: &str) -> Self {
                self.is(Column::ActorType, actor_type(Some(kind)))
            }

            /// Keeps rows of exactly this action.
            pub fn action(self, action: impl Into<String>) -> Self {
                self.is(Column::Action, action)
            }

            /// Keeps rows whose action starts with this prefix, such as `"user."`.
            pub fn action_prefix(self, prefix: impl Into<String>) -> Self {
                self.with(Condition::action_prefix(&prefix.into()))
            }

            /// Keeps rows of one resource: its timeline.
            pub fn resource(self, resource: impl Into<String>, id: impl ToString) -> Self {
                self.resource_type(resource)
                    .is(Column::ResourceId, id.to_string())
            }

            /// Keeps rows of all resources of this kind.
            pub fn resource_type(self, resource: impl Into<String>) -> Self {
                self.is(Column::Resource, resource)
            }

            /// Keeps rows of one correlation, across all its requests.
            pub fn correlation_id(self, id: impl Into<String>) -> Self {
                self.is(Column::CorrelationId, id)
            }

            /// Keeps rows of one request.
            pub fn request_id(self, id: impl Into<String>) -> Self {
                self.is(Column::RequestId, id)
            }

            /// Keeps rows of this route, given as its template.
            pub fn route_name(self, name: impl Into<String>) -> Self {
                self.is(Column::RouteName, name)
            }

            /// Keeps rows from this address, in its stored form.
            pub fn ip_address(self, address: impl ToString) -> Self {
                self.is(Column::IpAddress, address.to_string())
            }

            /// Keeps the row of one event. Add a time range if it is known: there is no index by id alone.
            pub fn event_id(self, id: Uuid) -> Self {
                self.is(Column::EventId, id.to_string())
            }

            /// Keeps rows from this timestamp on.
            pub fn since(self, moment: Timestamp) -> Self {
                self.with(Condition::From(moment))
            }

            /// Keeps rows before this timestamp.
            pub fn before(self, moment: Timestamp) -> Self {
                self.with(Condition::Until(moment))
            }

            /// Keeps rows with this key at the top level of the payload: `"diff"`, `"reason"`, or one of the application's own.
            pub fn payload_key(self, key: impl Into<String>) -> Self {
                self.with(Condition::PayloadKey(key.into()))
            }

            /// Returns whether a text among the filters exceeds the width of its column, which stores the beginning and a `…`. The
            /// filter then compares that clipped text and finds all rows that share the beginning.
            pub fn is_by_prefix(&self) -> bool {
                self.filter.is_clipped()
            }

            fn is(self, column: Column, text: impl Into<String>) -> Self {
                self.with(Condition::is(column, &text.into()))
            }

            fn with(mut self, condition: Condition) -> Self {
                self.filter.0.push(condition);
                self
            }
        }
    };
}

filters!(Query);
filters!(Export);
filters!(Follow);

/// Returns the conditions on an actor's kind and id, in the form the default policy stores.
pub(crate) fn conditions_of(actor: &Actor) -> Vec<Condition> {
    let mut conditions = vec![Condition::Is(
        Column::ActorType,
        actor_type(Some(actor.kind())).into_owned(),
    )];
    let id = actor.id().map(ToString::to_string);
    match actor_id(id.as_deref()) {
        ActorColumn::None => {}
        ActorColumn::Number(number) => conditions.push(Condition::ActorId(number)),
        ActorColumn::Text(text) => conditions.push(Condition::actor_ref(text)),
    }
    conditions
}
