//! SQLite.

mod classify;
mod insert;
mod options;
mod schema;
mod session;

pub(crate) use options::Options;
pub(crate) use session::Session;
