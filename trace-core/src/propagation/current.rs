//! The current context of a thread: the context of the task that it runs.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use tracing_core::dispatcher::DefaultGuard;

use super::task::Task;
use crate::context::Context;
use crate::fields::Fields;
use crate::unit::UnitTarget;

thread_local! {
    static CURRENT: RefCell<Current> = const {
        RefCell::new(Current { context: None, task: Task::UNKNOWN })
    };
}

struct Current {
    context: Option<Context>,
    /// The task that entered the context. Another task that is polled meanwhile is not in it.
    task: Task,
}

/// The surroundings of an event, apart from the fields of its context.
#[derive(Default)]
pub(crate) struct Surrounding {
    /// The unit of work in which an event recorded now waits.
    pub(crate) target: Option<UnitTarget>,
    /// The fields of the spans around the creation of the context, if the event needs them.
    pub(crate) spans: Option<Arc<Fields>>,
}

impl Context {
    /// Calls `look` with the innermost context of the running task or thread.
    #[inline]
    fn look_at_current<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        let seen = CURRENT.try_with(|current| {
            let current = current.borrow();
            let context = current.context.as_ref()?;
            current.task.is_running().then(|| look(context))
        });
        seen.ok().flatten()
    }

    /// Returns the innermost context of the running task or thread, in its propagated form.
    pub(super) fn innermost() -> Option<Self> {
        Self::look_at_current(Self::clone).map(Self::propagated)
    }

    /// Returns whether an event recorded now may belong to a unit of work. This costs less than finding the running task.
    #[inline]
    pub(crate) fn may_wait() -> bool {
        let seen = CURRENT.try_with(|current| {
            let current = current.borrow();
            let context = current.context.as_ref();
            context.is_some_and(|context| context.target.is_some())
        });
        seen.unwrap_or(false)
    }

    /// Returns the target in which an event recorded now waits.
    pub(crate) fn current_target() -> Option<UnitTarget> {
        Self::look_at_current(|context| context.target.clone()).flatten()
    }

    /// Adds the fields of the current context and its outer ones, innermost first.
    #[inline]
    pub(crate) fn describe_current(fields: &mut Fields) -> Surrounding {
        let around = Self::look_at_current(|context| {
            context.describe(fields);
            Surrounding {
                target: context.target.clone(),
                spans: context.spans.clone().filter(|_| !fields.has_full_context()),
            }
        });
        around.unwrap_or_default()
    }
}

/// A swap of a context with the thread's current one. The drop swaps back, also after a panic.
pub(super) struct Entered<'a> {
    other: &'a mut Option<Context>,
    /// The task of the context that is not current.
    task: Task,
    own_target: Option<UnitTarget>,
    swapped: bool,
    /// The guard of the propagated subscriber, which is current meanwhile.
    _subscriber: Option<DefaultGuard>,
}

impl<'a> Entered<'a> {
    /// Enters `other`. Without one, the current context stays.
    pub(super) fn new(other: &'a mut Option<Context>, subscriber: Option<DefaultGuard>) -> Self {
        let mut entered = Self {
            own_target: other.as_mut().and_then(Context::enter_target),
            other,
            task: Task::UNKNOWN,
            swapped: false,
            _subscriber: subscriber,
        };
        if entered.other.is_some() {
            entered.task = Task::running();
            entered.swapped = entered.swap();
        }
        entered
    }

    /// Swaps the contexts and returns whether it could. A thread under destruction has no current context.
    fn swap(&mut self) -> bool {
        let swapped = CURRENT.try_with(|current| {
            let mut current = current.borrow_mut();
            mem::swap(&mut current.context, self.other);
            mem::swap(&mut current.task, &mut self.task);
        });
        swapped.is_ok()
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.swapped {
            self.swap();
        }
        if let Some(context) = self.other {
            context.leave_target(self.own_target.take());
        }
    }
}
