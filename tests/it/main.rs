//! The integration tests, one binary.

mod database;
mod end_to_end;
mod macros;
mod migrate;
mod outage;
mod shelf;
mod verification;
