//! The context: actor and request, known around a task and not inside its functions.

mod subscriber;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use subscriber::Along;
pub use token::{ContextToken, ParseTokenError};

use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;
use crate::unit::UnitTarget;

/// The actor and the request of all events inside a [`scope`](Context::scope).
///
/// Clones share one cell. A value set later, such as an actor after authentication, reaches all later events of the scope
/// and of every task with a clone. A context inside another one takes precedence; its missing fields come from the outer
/// one.
///
/// ```
/// use behavior_trace::{Actor, Context};
///
/// let context = Context::new().actor(Actor::user(7)).request_id("r-1");
/// context.in_scope(|| {
///     // Every event recorded here is user 7's, through request r-1.
/// });
/// ```
///
/// A context keeps the unit of work that it was made in. If no unit is around the scope, such as in another task, the
/// scope's events wait in that unit. Inside a unit of work they wait in the surrounding one, even if it is a root unit: the
/// work happens there and shares its outcome. Two things take precedence over the surrounding unit: a unit that is still
/// open and began within it, and [`without_unit_of_work`](Context::without_unit_of_work).
///
/// A job or a command-line tool sets the actor in one line around its work:
///
/// ```
/// # use behavior_trace::{Actor, Context};
/// # fn tidy_up() {}
/// Context::new().actor(Actor::system()).in_scope(tidy_up);
/// ```
///
/// The policy clips values longer than their column and marks the cut. The context keeps only as much as that takes.
///
/// A context copies the fields of the surrounding spans when it is made or taken. On another thread or task they rank after
/// the contexts and spans there. A field recorded on a span later is not copied.
///
/// At most 16 contexts are nested. A context nested deeper copies the fields of those around it. So work that starts its own
/// successor again and again does not become slower.
#[derive(Clone, Debug)]
pub struct Context {
    cell: Arc<Cell>,
    /// The target in a unit of work where the events of its scope wait.
    pub(crate) target: Option<UnitTarget>,
    /// The fields of the spans that surrounded the place where it was made or taken.
    pub(crate) spans: Option<Arc<Fields>>,
    pub(crate) along: Along,
}

#[derive(Debug)]
struct Cell {
    fields: Mutex<Fields>,
    outer: Option<Context>,
    /// The number of contexts around it.
    depth: usize,
}

/// The maximum nesting of contexts, without the outermost.
pub(crate) const DEEPEST: usize = 15;

impl Context {
    /// Creates a context inside `outer`, in the same unit of work.
    pub(crate) fn within(outer: Option<Self>, fields: Fields) -> Self {
        let outer = outer.map(Self::shallow);
        let target = outer.as_ref().and_then(|outer| outer.target.clone());
        let spans = outer.as_ref().and_then(|outer| outer.spans.clone());
        let depth = outer.as_ref().map_or(0, |outer| outer.cell.depth + 1);
        let fields = Mutex::new(fields);
        Self {
            cell: Arc::new(Cell {
                fields,
                outer,
                depth,
            }),
            target,
            spans,
            along: Along::NOTHING,
        }
    }

    /// Returns this context, or a flat copy if it is nested as deep as allowed.
    fn shallow(mut self) -> Self {
        if self.cell.depth >= DEEPEST {
            let mut fields = Fields::new();
            self.describe(&mut fields);
            self.cell = Self::within(None, fields).cell;
        }
        self
    }

    /// Sets the actor. It replaces an earlier actor and its impersonator at once, for every clone.
    #[must_use]
    pub fn actor(self, actor: Actor) -> Self {
        self.set_actor(actor);
        self
    }

    /// Sets the actor of a context in use. All later events have it.
    ///
    /// ```
    /// use behavior_trace::{Actor, Context};
    ///
    /// fn authenticated(user: i64) {
    ///     if let Some(context) = Context::current() {
    ///         context.set_actor(Actor::user(user));
    ///     }
    /// }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an actor is made for this call, as in the setter beside it"
    )]
    pub fn set_actor(&self, actor: Actor) {
        let mut fields = self.fields();
        // An impersonator set before any actor belongs to this actor.
        if fields.names_actor() {
            fields.remove(Field::Impersonator);
        }
        for field in [Field::ActorType, Field::ActorId, Field::ActorLabel] {
            fields.remove(field);
        }
        actor.write(&mut fields);
    }

    /// Sets the impersonator, who acts in the actor's name, such as a member of staff in a customer's account.
    ///
    /// The payload keeps it as `KIND:id`. It belongs to the actor of this context and is replaced with it. In a context
    /// without an actor it has no effect: the actor of an outer context has its own.
    #[must_use]
    pub fn impersonator(self, impersonator: Actor) -> Self {
        self.set_impersonator(impersonator);
        self
    }

    /// Sets the impersonator of a context in use.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an actor is made for this call, as in the setter beside it"
    )]
    pub fn set_impersonator(&self, impersonator: Actor) {
        self.fields()
            .set(Field::Impersonator, &impersonator.to_word());
    }

    /// Sets the id of the request; 64 characters are kept.
    #[must_use]
    pub fn request_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::RequestId, id.as_ref());
        self
    }

    /// Sets the correlation of the request; 36 characters are kept.
    #[must_use]
    pub fn correlation_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::CorrelationId, id.as_ref());
        self
    }

    /// Sets the correlation of events for which no context, no span and no trace around them has one.
    #[doc(hidden)]
    #[must_use]
    pub fn fallback_correlation_id(mut self, id: impl AsRef<str>) -> Self {
        let mut fields = self.spans.as_deref().cloned().unwrap_or_default();
        fields.put(
            Field::CorrelationId,
            limits::kept(Field::CorrelationId, id.as_ref()),
        );
        self.spans = Some(Arc::new(fields));
        self
    }

    /// Sets the route's template, `/users/{id}`, never the raw path; 255 characters are kept.
    #[must_use]
    pub fn route_name(self, name: impl AsRef<str>) -> Self {
        self.set_route_name(name);
        self
    }

    /// Sets the route's template of a context in use. A router knows it later than the middleware in front of it.
    pub fn set_route_name(&self, name: impl AsRef<str>) {
        self.set(Field::RouteName, name.as_ref());
    }

    /// Sets the client's address; 45 characters are kept.
    #[must_use]
    pub fn ip_address(self, address: impl AsRef<str>) -> Self {
        self.set(Field::IpAddress, address.as_ref());
        self
    }

    /// Sets the client's user agent; 512 characters are kept.
    #[must_use]
    pub fn user_agent(self, agent: impl AsRef<str>) -> Self {
        self.set(Field::UserAgent, agent.as_ref());
        self
    }

    fn set(&self, field: Field, value: &str) {
        self.fields().set(field, limits::kept(field, value));
    }

    /// Returns the id of the request from this context, an outer one or a surrounding span.
    pub fn current_request_id(&self) -> Option<String> {
        self.value(Field::RequestId)
    }

    /// Returns the correlation from this context, an outer one or a surrounding span.
    pub fn current_correlation_id(&self) -> Option<String> {
        self.value(Field::CorrelationId)
    }

    /// Returns whether a surrounding span had any field when it was made or taken.
    pub(crate) const fn has_spans(&self) -> bool {
        self.spans.is_some()
    }

    /// Returns the value of a field from this context, the nearest outer one that has it, or a span.
    pub(crate) fn value(&self, field: Field) -> Option<String> {
        let value = self
            .chain()
            .find_map(|context| context.fields().get(field).map(str::to_owned));
        value.or_else(|| self.spans.as_ref()?.get(field).map(str::to_owned))
    }

    /// Returns this context and its outer ones, innermost first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |context| context.cell.outer.as_ref())
    }

    /// Adds the fields of this context and its outer ones, innermost first.
    #[inline]
    pub(crate) fn describe(&self, fields: &mut Fields) {
        for context in self.chain() {
            fields.merge(&context.fields());
        }
    }

    fn fields(&self) -> MutexGuard<'_, Fields> {
        self.cell
            .fields
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
