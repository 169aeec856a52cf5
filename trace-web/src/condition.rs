//! Conditions of filters and scopes.

use behavior_trace_core::columns::{ActorColumn, actor_id};
use behavior_trace_core::{Actor, Timestamp, keys};
use behavior_trace_store::{Follow, Query};
use uuid::Uuid;

use crate::column::Column;
use crate::texts::{self, PageText};

/// A condition on rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowCondition {
    Actor(Actor),
    Impersonator(Actor),
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

impl RowCondition {
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

    /// Returns whether the answer to the condition depends on a column, so that asking for a value confirms it.
    pub(crate) fn reads(&self, column: Column) -> bool {
        match column {
            Column::ActorLabel => matches!(self, Self::PayloadKey(key) if is_actor_label(key)),
            Column::Payload => match self {
                Self::PayloadKey(_) | Self::Impersonator(_) => true,
                Self::Actor(actor) => is_in_payload(actor),
                _ => false,
            },
            Column::CorrelationId => matches!(self, Self::Correlation(_)),
            Column::RequestId => matches!(self, Self::Request(_)),
            Column::RouteName => matches!(self, Self::Route(_)),
            Column::IpAddress => matches!(self, Self::Address(_)),
            // No condition reads it.
            Column::UserAgent => false,
        }
    }

    /// Returns the name of the condition's field and its value, for people.
    pub(crate) fn in_words(&self) -> (PageText, String) {
        match self {
            Self::Actor(actor) => (texts::ACTOR, actor_in_words(actor)),
            Self::Impersonator(actor) => (texts::IMPERSONATOR, actor_in_words(actor)),
            Self::Action(action) => (texts::ACTION, action.clone()),
            Self::ActionPrefix(prefix) => (texts::ACTION, format!("{prefix}*")),
            Self::ResourceType(resource) => (texts::RESOURCE, resource.clone()),
            Self::Resource(resource, id) => (texts::RESOURCE, format!("{resource}:{id}")),
            Self::Correlation(id) => (texts::CORRELATION, id.clone()),
            Self::Request(id) => (texts::REQUEST, id.clone()),
            Self::Route(name) => (texts::ROUTE, name.clone()),
            Self::Address(address) => (texts::ADDRESS, address.clone()),
            Self::PayloadKey(key) => (texts::KEY, key.clone()),
            Self::Event(id) => (texts::EVENT, id.to_string()),
            Self::Since(moment) => (texts::SINCE, moment.to_rfc3339()),
            Self::Before(moment) => (texts::BEFORE, moment.to_rfc3339()),
        }
    }
}

fn actor_in_words(actor: &Actor) -> String {
    let kind = actor.kind().to_ascii_lowercase();
    match actor.id() {
        Some(id) => format!("{kind}:{id}"),
        None => kind,
    }
}

/// Returns whether a key is that of the actor's name. A database may compare texts without case or blanks.
fn is_actor_label(key: &str) -> bool {
    key.trim().eq_ignore_ascii_case(keys::ACTOR_LABEL)
}

/// Returns whether the id of an actor is in the payload, because it is no number of the column.
fn is_in_payload(actor: &Actor) -> bool {
    let id = actor.id().map(ToString::to_string);
    matches!(actor_id(id.as_deref()), ActorColumn::Text(_))
}

fn has_empty_id(actor: &Actor) -> bool {
    actor.id().is_some_and(|id| id.to_string().is_empty())
}

/// A source of rows that takes conditions.
pub(crate) trait Narrow: Sized {
    /// Adds a condition, beside those that it has.
    fn with(self, condition: &RowCondition) -> Self;
}

macro_rules! narrow {
    ($($source:ty)*) => {$(
        impl Narrow for $source {
            fn with(self, condition: &RowCondition) -> Self {
                match condition {
                    // A query takes an empty id as none, and would find all actors of the kind.
                    RowCondition::Actor(actor) | RowCondition::Impersonator(actor) if has_empty_id(actor) => {
                        let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
                        self.since(last).before(first)
                    }
                    RowCondition::Actor(actor) => self.actor(actor),
                    RowCondition::Impersonator(actor) => self.impersonator(actor),
                    RowCondition::Action(action) => self.action(action),
                    RowCondition::ActionPrefix(prefix) => self.action_prefix(prefix),
                    RowCondition::ResourceType(resource) => self.resource_type(resource),
                    RowCondition::Resource(resource, id) => self.resource(resource, id),
                    RowCondition::Correlation(id) => self.correlation_id(id),
                    RowCondition::Request(id) => self.request_id(id),
                    RowCondition::Route(name) => self.route_name(name),
                    RowCondition::Address(address) => self.ip_address(address),
                    RowCondition::PayloadKey(key) => self.payload_key(key),
                    RowCondition::Event(id) => self.event_id(*id),
                    RowCondition::Since(moment) => self.since(*moment),
                    RowCondition::Before(moment) => self.before(*moment),
                }
            }
        }
    )*};
}

narrow! { Query Follow }
