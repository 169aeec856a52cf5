//! The store in MySQL and MariaDB.

mod classify;
mod clock;
mod codes;
mod connect;
mod create_database;
mod crowd;
mod end_session;
mod group_limit;
mod hosts;
mod insert;
mod literal;
mod lock_probe;
mod options;
mod pool;
mod race;
mod reach;
mod remedy;
mod schema;
mod send;
mod session;
mod set_up;
mod settings;
mod sift;
mod size;
mod statement;
mod table_end;
mod text;
mod transaction;
mod variables;

pub(crate) use classify::failed;
pub(crate) use insert::insert_all;
pub(crate) use options::Options;
pub(crate) use pool::Pool;
pub(crate) use reach::{HostOutcome, Reached, Transport, Verifies};
pub(crate) use session::Session;
