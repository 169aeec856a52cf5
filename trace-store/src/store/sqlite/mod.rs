//! The store in SQLite.

mod classify;
mod clock;
mod insert;
mod options;
mod pool;
mod schema;
mod session;
mod sift;
mod statement;
mod text;

pub(crate) use classify::failed;
pub(crate) use insert::insert_all;
pub(crate) use options::Options;
pub(crate) use pool::Pool;
pub(crate) use session::Session;
