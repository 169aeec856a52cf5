//! Conditions on rows, independent of the dialect.

use behavior_trace_core::columns::{clip, is_clipped};
use behavior_trace_core::{Activity, Timestamp, limits};

/// A filter for the rows that meet every condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(pub(crate) Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The column equals this text.
    Is(Column, String),
    /// The actor's id is this integer.
    ActorId(i64),
    /// The actor's id has another form and is in the payload.
    ActorRef(String),
    /// The payload names this impersonator, as kind and id in one word.
    Impersonator(String),
    /// The action has this prefix.
    ActionPrefix(String),
    /// The row is not older than this timestamp.
    From(Timestamp),
    /// The row is older than this timestamp.
    Until(Timestamp),
    /// The payload has this key at its top level.
    PayloadKey(String),
}

/// Columns that can be searched for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    EventId,
    ActorType,
    Action,
    Resource,
    ResourceId,
    CorrelationId,
    RequestId,
    RouteName,
    IpAddress,
}

impl Column {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EventId => "event_id",
            Self::ActorType => "actor_type",
            Self::Action => "action",
            Self::Resource => "resource",
            Self::ResourceId => "resource_id",
            Self::CorrelationId => "correlation_id",
            Self::RequestId => "request_id",
            Self::RouteName => "route_name",
            Self::IpAddress => "ip_address",
        }
    }

    /// Returns the number of characters that the column keeps of a text.
    pub(crate) const fn characters(self) -> usize {
        match self {
            Self::EventId => 36,
            Self::ActorType => limits::ACTOR_TYPE,
            Self::Action => limits::ACTION,
            Self::Resource => limits::RESOURCE,
            Self::ResourceId => limits::RESOURCE_ID,
            Self::CorrelationId => limits::CORRELATION_ID,
            Self::RequestId => limits::REQUEST_ID,
            Self::RouteName => limits::ROUTE_NAME,
            Self::IpAddress => limits::IP_ADDRESS,
        }
    }

    fn is(self, row: &Activity<'_>, text: &str) -> bool {
        match self {
            Self::EventId => row.event_id.to_string() == text,
            Self::ActorType => row.actor_type == text,
            Self::Action => row.action == text,
            Self::Resource => row.resource == text,
            Self::ResourceId => row.resource_id.as_deref() == Some(text),
            Self::CorrelationId => row.correlation_id.as_deref() == Some(text),
            Self::RequestId => row.request_id.as_deref() == Some(text),
            Self::RouteName => row.route_name.as_deref() == Some(text),
            Self::IpAddress => row.ip_address.as_deref() == Some(text),
        }
    }
}

impl Condition {
    /// Creates a condition that the column holds this text, or its clipped form.
    pub(crate) fn is(column: Column, text: &str) -> Self {
        Self::Is(column, clip(text, column.characters()).into_owned())
    }

    /// Creates a condition that the payload names this actor, or the clipped form of the name.
    pub(crate) fn actor_ref(id: &str) -> Self {
        Self::ActorRef(clip(id, limits::NAME).into_owned())
    }

    /// Creates a condition that the payload names this impersonator, or the clipped form of the word.
    pub(crate) fn impersonator(word: &str) -> Self {
        Self::Impersonator(clip(word, limits::NAME).into_owned())
    }

    /// Creates a condition that the action, or its clipped form, has this prefix.
    pub(crate) fn action_prefix(prefix: &str) -> Self {
        Self::ActionPrefix(clip(prefix, limits::ACTION).into_owned())
    }

    /// Returns whether other texts may have the same clipped form.
    pub(crate) fn is_clipped(&self) -> bool {
        match self {
            // The actor type is cut without a mark.
            Self::Is(Column::ActorType, kind) => kind.len() >= limits::ACTOR_TYPE,
            Self::Is(column, text) => is_clipped(text, column.characters()),
            Self::ActorRef(id) | Self::Impersonator(id) => is_clipped(id, limits::NAME),
            Self::ActionPrefix(prefix) => is_clipped(prefix, limits::ACTION),
            Self::ActorId(_) | Self::From(_) | Self::Until(_) | Self::PayloadKey(_) => false,
        }
    }
}

impl Filter {
    /// Returns whether rows with other texts may meet the filter, because their clipped forms are the same.
    pub(crate) fn is_clipped(&self) -> bool {
        self.0.iter().any(Condition::is_clipped)
    }

    /// Returns whether a row meets the filter: for the store in memory, the counterpart of the dialects' SQL.
    pub(super) fn admits(&self, row: &Activity<'_>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Is(column, text) => column.is(row, text),
            Condition::ActorId(id) => row.actor_id == Some(*id),
            Condition::ActorRef(id) => {
                top(row, "actor_ref").is_some_and(|found| found.as_str() == Some(id))
            }
            Condition::Impersonator(word) => {
                top(row, "impersonator").is_some_and(|found| found.as_str() == Some(word))
            }
            Condition::ActionPrefix(prefix) => row.action.starts_with(prefix),
            Condition::From(moment) => row.occurred_at >= *moment,
            Condition::Until(moment) => row.occurred_at < *moment,
            Condition::PayloadKey(key) => top(row, key).is_some(),
        })
    }
}

fn top(row: &Activity<'_>, key: &str) -> Option<serde_json::Value> {
    let payload: serde_json::Value = serde_json::from_str(&row.payload).ok()?;
    payload.get(key).cloned()
}

/// Reading order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// End of a page: the time as the store returned it, and the id, which orders rows of the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) occurred_at: String,
    pub(crate) id: u64,
}

/// Parameters of one page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Select<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) order: Order,
    pub(crate) after: Option<&'a Position>,
    pub(crate) limit: usize,
}

/// One of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Live,
    Archive,
}

impl Table {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Live => "operational_activity",
            Self::Archive => "operational_activity_archive",
        }
    }
}
