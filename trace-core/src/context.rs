//! Who acts, and through which request: known around a task, not inside its functions.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use crate::actor::Actor;
use crate::fields::{Field, Fields};

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
#[derive(Clone, Debug)]
pub struct Context {
    cell: Arc<Cell>,
}

#[derive(Debug)]
struct Cell {
    fields: Mutex<Fields>,
    outer: Option<Context>,
}

impl Context {
    /// A context that says nothing yet, inside the current one if there is one.
    pub fn new() -> Self {
        let cell = Cell {
            fields: Mutex::default(),
            outer: Self::current(),
        };
        Self {
            cell: Arc::new(cell),
        }
    }

    /// The innermost context of the running task or thread.
    pub fn current() -> Option<Self> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// Says who acts. It replaces an actor said before, at once for every clone.
    #[must_use]
    pub fn actor(self, actor: Actor) -> Self {
        self.set_actor(actor);
        self
    }

    /// Says who acts, on a context in use: all later events carry it.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an actor is made for this call, as in the setter beside it"
    )]
    pub fn set_actor(&self, actor: Actor) {
        let mut fields = self.fields();
        for field in [Field::ActorType, Field::ActorId, Field::ActorLabel] {
            fields.remove(field);
        }
        fields.put(Field::ActorType, actor.kind());
        if let Some(id) = actor.id() {
            fields.put(Field::ActorId, &id.to_string());
        }
        if let Some(label) = actor.name() {
            fields.put(Field::ActorLabel, label);
        }
    }

    /// Says which request it is; 64 characters are kept.
    #[must_use]
    pub fn request_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::RequestId, id.as_ref())
    }

    /// Says which story the request belongs to; 36 characters are kept.
    #[must_use]
    pub fn correlation_id(self, id: impl AsRef<str>) -> Self {
        self.set(Field::CorrelationId, id.as_ref())
    }

    /// Says the route's template, `/users/{id}`, never the raw path; 255 characters are kept.
    #[must_use]
    pub fn route_name(self, name: impl AsRef<str>) -> Self {
        self.set(Field::RouteName, name.as_ref())
    }

    /// Says the client's address; 45 characters are kept.
    #[must_use]
    pub fn ip_address(self, address: impl AsRef<str>) -> Self {
        self.set(Field::IpAddress, address.as_ref())
    }

    /// Says the client's agent; 512 characters are kept.
    #[must_use]
    pub fn user_agent(self, agent: impl AsRef<str>) -> Self {
        self.set(Field::UserAgent, agent.as_ref())
    }

    fn set(self, field: Field, value: &str) -> Self {
        self.fields().set(field, value);
        self
    }

    /// Makes this the current context whenever `future` is polled, on whatever thread.
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped {
            context: Some(self),
            future,
        }
    }

    /// Makes this the current context while `work` runs.
    pub fn in_scope<T>(self, work: impl FnOnce() -> T) -> T {
        let mut own = Some(self);
        let _entered = Entered::new(&mut own);
        work()
    }

    /// Adds what the current context and those around it say, innermost first.
    pub(crate) fn describe_current(fields: &mut Fields) {
        let _ = CURRENT.try_with(|current| {
            let current = current.borrow();
            let mut next = current.as_ref();
            while let Some(context) = next {
                fields.merge(&context.fields());
                next = context.cell.outer.as_ref();
            }
        });
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

/// Swaps a context with the thread's current one, and back when dropped, also by a panic.
struct Entered<'a> {
    other: &'a mut Option<Context>,
}

impl<'a> Entered<'a> {
    fn new(other: &'a mut Option<Context>) -> Self {
        swap(other);
        Self { other }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.other);
    }
}

fn swap(other: &mut Option<Context>) {
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), other));
}

pin_project! {
    /// A future with a context; see [`Context::scope`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        context: Option<Context>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.context);
        this.future.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> Fields {
        let mut fields = Fields::new();
        Context::describe_current(&mut fields);
        fields
    }

    #[test]
    fn the_inner_context_answers_first_and_the_outer_one_for_the_rest() {
        Context::new()
            .actor(Actor::user(1))
            .request_id("outer")
            .in_scope(|| {
                Context::new().request_id("inner").in_scope(|| {
                    let fields = described();
                    assert_eq!(fields.get(Field::RequestId), Some("inner"));
                    assert_eq!(fields.get(Field::ActorId), Some("1"));
                });
            });
        assert!(described().is_empty());
    }

    #[test]
    fn an_actor_set_late_reaches_all_later_events() {
        let context = Context::new().request_id("r");
        context.clone().in_scope(|| {
            context.set_actor(Actor::admin(9));
            assert_eq!(described().get(Field::ActorType), Some("ADMIN"));
        });
    }
}
