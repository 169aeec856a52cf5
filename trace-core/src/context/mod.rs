//! Who acts, and through which request: known around a task, not inside its functions.

mod along;
mod current;
mod propagate;
mod scope;
mod surroundings;
mod task;
mod token;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use current::Surrounding;
pub use propagate::{propagate, propagate_each, propagate_fn};
pub use scope::WithContext;
pub use task::tell_tasks_apart;
pub use token::{ContextToken, ParseTokenError};

use self::along::Along;
use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;
use crate::unit::Place;

/// Who acts and through which request, for everything that happens inside its [`scope`](Context::scope).
///
/// Clones share one cell: what is set later, an actor after authentication say, reaches all later events of the scope
/// and of whatever carries a clone of it. A context inside another one answers first; what it does not say, the outer
/// one does.
///
/// ```
/// use behavior_trace_core::{Actor, Context};
///
/// let context = Context::new().actor(Actor::user(7)).request_id("r-1");
/// context.in_scope(|| {
///     // Every event recorded here is user 7's, through request r-1.
/// });
/// ```
///
/// It carries the unit of work it was made in, if any: what is recorded in its scope waits there where no unit is around
/// the scope, in another task say. Inside a unit it waits in that one, a root unit too: the work is done there, and shares
/// its fate. Only a unit that is still open and was begun within the one around takes precedence over it, and so does
/// [`without_unit_of_work`](Context::without_unit_of_work).
///
/// A job or a command-line tool says who acts in one line around its work:
///
/// ```
/// # use behavior_trace_core::{Actor, Context};
/// # fn tidy_up() {}
/// Context::new().actor(Actor::system()).in_scope(tidy_up);
/// ```
///
/// Values longer than their column are clipped by the policy, which marks the cut; the context keeps no more of them
/// than that takes.
///
/// What the spans around say when it is made or taken comes along: on another thread or task it is still said, after what
/// contexts and spans there say. What is recorded on a span later is not.
///
/// At most 16 contexts lie inside each other. One made further in takes what those around it say as it is then, so that
/// work which starts its own successor, again and again, costs no more with time.
#[derive(Clone, Debug)]
pub struct Context {
    cell: Arc<Cell>,
    place: Option<Place>,
    /// What the spans said where it was made or taken.
    spans: Option<Arc<Fields>>,
    along: Along,
}

#[derive(Debug)]
struct Cell {
    fields: Mutex<Fields>,
    outer: Option<Context>,
    /// How many are around it.
    depth: usize,
}

/// How many contexts lie inside each other at most, the outermost not counted.
const DEEPEST: usize = 15;

impl Context {
    /// A context that says nothing yet, inside the current one if there is one.
    pub fn new() -> Self {
        Self::within(Self::innermost(), Fields::new()).with_surroundings()
    }

    /// A context that says nothing yet and stands alone, whatever is current: for work that begins a story of its own,
    /// such as a job started by a request it has nothing to do with.
    pub fn root() -> Self {
        Self::within(None, Fields::new()).with_subscriber()
    }

    fn within(outer: Option<Self>, fields: Fields) -> Self {
        let outer = outer.map(Self::shallow);
        let place = outer.as_ref().and_then(|outer| outer.place.clone());
        let spans = outer.as_ref().and_then(|outer| outer.spans.clone());
        let depth = outer.as_ref().map_or(0, |outer| outer.cell.depth + 1);
        let fields = Mutex::new(fields);
        Self {
            cell: Arc::new(Cell {
                fields,
                outer,
                depth,
            }),
            place,
            spans,
            along: Along::NOTHING,
        }
    }

    /// Returns the same context, or a copy of what it and all around it say if nothing more may lie inside it.
    fn shallow(mut self) -> Self {
        if self.cell.depth >= DEEPEST {
            let mut fields = Fields::new();
            self.describe(&mut fields);
            self.cell = Self::within(None, fields).cell;
        }
        self
    }

    /// The innermost context of the running task or thread.
    pub fn current() -> Option<Self> {
        Self::innermost().map(Self::with_surroundings)
    }

    /// Says who acts. It replaces an actor said before and who acted in that one's name, at once for every clone.
    #[must_use]
    pub fn actor(self, actor: Actor) -> Self {
        self.set_actor(actor);
        self
    }

    /// Says who acts, on a context in use: all later events carry it.
    ///
    /// ```
    /// use behavior_trace_core::{Actor, Context};
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
        // One that was said before any actor was is this one's.
        if fields.names_actor() {
            fields.remove(Field::Impersonator);
        }
        for field in [Field::ActorType, Field::ActorId, Field::ActorLabel] {
            fields.remove(field);
        }
        actor.write(&mut fields);
    }

    /// Says who acts in the actor's name, a member of staff in a customer's account for instance. It is kept in the
    /// payload as `KIND:id`.
    ///
    /// It belongs to the actor that this context says, and goes with it. A context that says no actor says no impersonator
    /// either: the actor of a context around it has its own.
    #[must_use]
    pub fn impersonator(self, impersonator: Actor) -> Self {
        self.set_impersonator(impersonator);
        self
    }

    /// Says who acts in the actor's name, on a context in use.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an actor is made for this call, as in the setter beside it"
    )]
    pub fn set_impersonator(&self, impersonator: Actor) {
        self.fields()
            .set(Field::Impersonator, &impersonator.to_word());
    }

    /// Says which request it is; 64 characters are kept.
    #[must_use]
    pub fn request_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::RequestId, id.as_ref());
        self
    }

    /// Says which story the request belongs to; 36 characters are kept.
    #[must_use]
    pub fn correlation_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::CorrelationId, id.as_ref());
        self
    }

    /// Says the route's template, `/users/{id}`, never the raw path; 255 characters are kept.
    #[must_use]
    pub fn route_name(self, name: impl AsRef<str>) -> Self {
        self.set_route_name(name);
        self
    }

    /// Says the route's template, on a context in use: a router knows it later than the middleware in front of it.
    pub fn set_route_name(&self, name: impl AsRef<str>) {
        self.set(Field::RouteName, name.as_ref());
    }

    /// Says the client's address; 45 characters are kept.
    #[must_use]
    pub fn ip_address(self, address: impl AsRef<str>) -> Self {
        self.set(Field::IpAddress, address.as_ref());
        self
    }

    /// Says the client's agent; 512 characters are kept.
    #[must_use]
    pub fn user_agent(self, agent: impl AsRef<str>) -> Self {
        self.set(Field::UserAgent, agent.as_ref());
        self
    }

    fn set(&self, field: Field, value: &str) {
        self.fields().set(field, limits::kept(field, value));
    }

    /// The request's id, if this context, one around it, or a span around says one.
    pub fn current_request_id(&self) -> Option<String> {
        self.said(Field::RequestId)
    }

    /// The story's id, if this context, one around it, or a span around says one.
    pub fn current_correlation_id(&self) -> Option<String> {
        self.said(Field::CorrelationId)
    }

    /// Returns whether a span said anything where it was made or taken.
    const fn has_spans(&self) -> bool {
        self.spans.is_some()
    }

    fn said(&self, field: Field) -> Option<String> {
        let said = self
            .chain()
            .find_map(|context| context.fields().get(field).map(str::to_owned));
        said.or_else(|| self.spans.as_ref()?.get(field).map(str::to_owned))
    }

    /// This context and those around it, innermost first.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |context| context.cell.outer.as_ref())
    }

    /// Adds what this context and those around it say, innermost first.
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

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
