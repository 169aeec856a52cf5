//! Conditions of filters and scopes.

use behavior_trace_core::{Actor, Timestamp};
use behavior_trace_store::{Follow, Query};
use uuid::Uuid;

/// A condition on rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Actor(Actor),
    Action(String),
    ActionPrefix(String),
    ResourceType(String),
    Resource(String, String),
    Correlation(String),
    Request(String),
    Route(String),
    Address(String),
    PayloadKey(String),
    Event(Uuid),
    Since(Timestamp),
    Before(Timestamp),
}

impl Condition {
    /// Returns whether every table has an index that finds the rows of this condition.
    pub(crate) const fn has_index(&self) -> bool {
        matches!(
            self,
            Self::ResourceType(_) | Self::Resource(..) | Self::Correlation(_)
        )
    }

    pub(crate) const fn is_time(&self) -> bool {
        matches!(self, Self::Since(_) | Self::Before(_))
    }
}

fn has_empty_id(actor: &Actor) -> bool {
    actor.id().is_some_and(|id| id.to_string().is_empty())
}

/// A source of rows that takes conditions.
pub(crate) trait Narrow: Sized {
    /// Adds a condition, beside those that it has.
    fn with(self, condition: &Condition) -> Self;
}

macro_rules! narrow {
    ($($source:ty)*) => {$(
        impl Narrow for $source {
            fn with(self, condition: &Condition) -> Self {
                match condition {
                    // A query takes an empty id as none, and would find all actors of the kind.
                    Condition::Actor(actor) if has_empty_id(actor) => {
                        let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
                        self.since(last).before(first)
                    }
                    Condition::Actor(actor) => self.actor(actor),
                    Condition::Action(action) => self.action(action),
                    Condition::ActionPrefix(prefix) => self.action_prefix(prefix),
                    Condition::ResourceType(resource) => self.resource_type(resource),
                    Condition::Resource(resource, id) => self.resource(resource, id),
                    Condition::Correlation(id) => self.correlation_id(id),
                    Condition::Request(id) => self.request_id(id),
                    Condition::Route(name) => self.route_name(name),
                    Condition::Address(address) => self.ip_address(address),
                    Condition::PayloadKey(key) => self.payload_key(key),
                    Condition::Event(id) => self.event_id(*id),
                    Condition::Since(moment) => self.since(*moment),
                    Condition::Before(moment) => self.before(*moment),
                }
            }
        }
    )*};
}

narrow! { Query Follow }
