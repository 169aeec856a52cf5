//! Who acts, and through which request: known around a task, not inside its functions.

mod carry;
mod scope;
mod token;
mod waiting;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use carry::{carry, carry_each, carry_fn};
pub use scope::Scoped;
pub use token::{ContextToken, ParseTokenError};

use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;
use crate::unit::Place;

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

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
/// [`outside_units`](Context::outside_units).
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
#[derive(Clone, Debug)]
pub struct Context {
    cell: Arc<Cell>,
    place: Option<Place>,
}

#[derive(Debug)]
struct Cell {
    fields: Mutex<Fields>,
    outer: Option<Context>,
}

impl Context {
    /// A context that says nothing yet, inside the current one if there is one.
    pub fn new() -> Self {
        Self::within(Self::current(), Fields::new())
    }

    /// A context that says nothing yet and stands alone, whatever is current: for work that begins a story of its own,
    /// such as a job started by a request it has nothing to do with.
    pub fn root() -> Self {
        Self::within(None, Fields::new())
    }

    fn within(outer: Option<Self>, fields: Fields) -> Self {
        let place = outer.as_ref().and_then(|outer| outer.place.clone());
        let fields = Mutex::new(fields);
        Self {
            cell: Arc::new(Cell { fields, outer }),
            place,
        }
    }

    /// The innermost context of the running task or thread.
    pub fn current() -> Option<Self> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
            .map(Self::aside)
    }

    /// Says who acts. It replaces an actor said before, at once for every clone.
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
        for field in [Field::ActorType, Field::ActorId, Field::ActorLabel] {
            fields.remove(field);
        }
        actor.write(&mut fields);
    }

    /// Says who acts in the actor's name, a member of staff in a customer's account for instance. It is kept in the
    /// payload as `KIND:id`.
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
        let text = match impersonator.id() {
            Some(id) => format!("{}:{id}", impersonator.kind()),
            None => impersonator.kind().to_owned(),
        };
        self.fields().set(Field::Impersonator, &text);
    }

    /// Says which request it is; 64 characters are kept.
    #[must_use]
    pub fn request_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::RequestId, id.as_ref(), limits::REQUEST_ID);
        self
    }

    /// Says which story the request belongs to; 36 characters are kept.
    #[must_use]
    pub fn correlation_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::CorrelationId, id.as_ref(), limits::CORRELATION_ID);
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
        self.set(Field::RouteName, name.as_ref(), limits::ROUTE_NAME);
    }

    /// Says the client's address; 45 characters are kept.
    #[must_use]
    pub fn ip_address(self, address: impl AsRef<str>) -> Self {
        self.set(Field::IpAddress, address.as_ref(), limits::IP_ADDRESS);
        self
    }

    /// Says the client's agent; 512 characters are kept.
    #[must_use]
    pub fn user_agent(self, agent: impl AsRef<str>) -> Self {
        self.set(Field::UserAgent, agent.as_ref(), limits::USER_AGENT);
        self
    }

    /// One character more than the column holds is enough for the policy to see, and to mark, that there was more.
    fn set(&self, field: Field, value: &str, limit: usize) {
        let end = value.char_indices().nth(limit + 1).map(|(at, _)| at);
        self.fields()
            .set(field, &value[..end.unwrap_or(value.len())]);
    }

    /// The request's id, if this context or one around it says one.
    pub fn current_request_id(&self) -> Option<String> {
        self.said(Field::RequestId)
    }

    /// The story's id, if this context or one around it says one.
    pub fn current_correlation_id(&self) -> Option<String> {
        self.said(Field::CorrelationId)
    }

    fn said(&self, field: Field) -> Option<String> {
        self.chain()
            .find_map(|context| context.fields().get(field).map(str::to_owned))
    }

    /// This context and those around it, innermost first.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |context| context.cell.outer.as_ref())
    }

    /// Adds what the current context and those around it say, innermost first; the place that what is recorded now waits
    /// in.
    #[inline]
    pub(crate) fn describe_current(fields: &mut Fields) -> Option<Place> {
        let described = CURRENT.try_with(|current| {
            let current = current.borrow();
            let current = current.as_ref()?;
            current.describe(fields);
            current.place.clone()
        });
        described.ok().flatten()
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
