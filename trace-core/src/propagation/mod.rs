//! The propagation of a [`Context`](crate::Context) through scopes, tasks and threads.
//!
//! A thread has one current context, that of the task it runs. A scope makes a context current while a future is polled or a
//! closure runs. [`propagate`] gives the current context to work that runs elsewhere.

mod current;
mod propagate;
mod scope;
mod subscriber;
mod surroundings;
mod task;
mod unit;

#[cfg(test)]
#[path = "../../tests/propagation.rs"]
mod tests;

pub(crate) use current::Surrounding;
pub use propagate::{propagate, propagate_each, propagate_fn};
pub use scope::WithContext;
pub use task::tell_tasks_apart;
