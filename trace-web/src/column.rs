//! Columns that can be hidden.

use std::collections::BTreeSet;

use behavior_trace_core::keys;
use behavior_trace_store::StoredActivity;

use crate::condition::RowCondition;
use crate::payload::Entries;

/// A column that a timeline or a viewer can hide. A hidden column is on no page and in no export, and no filter asks for
/// it, since its answers would show the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Column {
    /// The name of the actor, in the payload.
    ActorLabel,
    /// The whole payload, with the changes, the reason and the names. It also hides the ids of actors that are no numbers, which
    /// are part of it: only `user:7` can be asked for, and not `user:8f14e45f`.
    Payload,
    /// The correlation. It also hides the stories: their addresses are refused.
    CorrelationId,
    /// The id of the request.
    RequestId,
    /// The template of the route.
    RouteName,
    /// The address of the client.
    IpAddress,
    /// The user agent of the client.
    UserAgent,
}

impl Column {
    /// All columns that can be hidden.
    pub const ALL: [Self; 7] = [
        Self::ActorLabel,
        Self::Payload,
        Self::CorrelationId,
        Self::RequestId,
        Self::RouteName,
        Self::IpAddress,
        Self::UserAgent,
    ];
}

/// A set of hidden columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct HiddenColumns(BTreeSet<Column>);

impl HiddenColumns {
    pub(crate) fn extend(&mut self, columns: impl IntoIterator<Item = Column>) {
        self.0.extend(columns);
    }

    /// Returns the columns of both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(&self.0 | &other.0)
    }

    pub(crate) fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }

    /// Returns whether the answer to a condition depends on a hidden column.
    pub(crate) fn covers(&self, condition: &RowCondition) -> bool {
        self.0.iter().any(|column| condition.reads(*column))
    }

    /// Empties the hidden columns of a row.
    pub(crate) fn remove_from(&self, row: &mut StoredActivity) {
        let activity = &mut row.activity;
        for column in &self.0 {
            match column {
                Column::ActorLabel => {
                    activity.payload =
                        Entries::without(&activity.payload, keys::ACTOR_LABEL).into();
                }
                Column::Payload => activity.payload = "{}".into(),
                Column::CorrelationId => activity.correlation_id = None,
                Column::RequestId => activity.request_id = None,
                Column::RouteName => activity.route_name = None,
                Column::IpAddress => activity.ip_address = None,
                Column::UserAgent => activity.user_agent = None,
            }
        }
    }
}
