//! The person who reads, and the rows that this person may see.

use behavior_trace_core::Actor;

use crate::column::{Column, HiddenColumns};
use crate::condition::RowCondition;

/// A person who reads the timeline. The function that is passed to [`Timeline::viewer`](crate::Timeline::viewer) returns
/// one for each request, or `None` for a person who may not read it.
///
/// A viewer sees all rows, unless [`only`](Self::only) narrows them.
///
/// ```
/// use behavior_trace::web::{Column, Scope, Viewer};
///
/// let auditor = Viewer::new("ada");
/// let support = Viewer::new("grace")
///     .only(Scope::resource_type("Order"))
///     .hide([Column::IpAddress]);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Viewer {
    name: String,
    scope: Option<Scope>,
    hidden: HiddenColumns,
}

impl Viewer {
    /// Creates a viewer who sees all rows. The page shows the name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            scope: None,
            hidden: HiddenColumns::default(),
        }
    }

    /// Narrows the rows to a scope. A second scope narrows them further.
    pub fn only(mut self, scope: Scope) -> Self {
        self.scope = Some(match self.scope {
            Some(narrower) => narrower.and(scope),
            None => scope,
        });
        self
    }

    /// Hides columns from this viewer, beside those that the timeline hides from all.
    pub fn hide(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.hidden.extend(columns);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the conditions of the scope; none for all rows.
    pub(crate) fn scope(&self) -> &[RowCondition] {
        self.scope.as_ref().map_or(&[], |scope| &scope.0)
    }

    pub(crate) fn hidden(&self) -> &HiddenColumns {
        &self.hidden
    }
}

/// The rows that a [`Viewer`] may see. It is part of every query of that viewer, so a row outside it does not exist for
/// the viewer: not on a page, in an export, in the live tail or by its id.
///
/// ```
/// use behavior_trace::web::Scope;
///
/// let refunds = Scope::resource_type("Order").and(Scope::action_prefix("order.refund"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Scope(Vec<RowCondition>);

impl Scope {
    /// Returns the scope of all resources of one kind. The page has an index for it.
    pub fn resource_type(resource: impl Into<String>) -> Self {
        Self(vec![RowCondition::ResourceType(resource.into())])
    }

    /// Returns the scope of one resource. The page has an index for it.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an id is written as a value, as in a query"
    )]
    pub fn resource(resource: impl Into<String>, id: impl ToString) -> Self {
        Self(vec![RowCondition::Resource(
            resource.into(),
            id.to_string(),
        )])
    }

    /// Returns the scope of actions with a prefix, such as `"order."`. Without an index for actions, its pages are slow on a
    /// large table.
    pub fn action_prefix(prefix: impl Into<String>) -> Self {
        Self(vec![RowCondition::ActionPrefix(prefix.into())])
    }

    /// Returns the scope of what one actor did; of a kind of actors, if the actor has no id. Without an index for actors, its
    /// pages are slow on a large table.
    pub fn actor(actor: Actor) -> Self {
        Self(vec![RowCondition::Actor(actor)])
    }

    /// Returns the rows that are in both scopes.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}
