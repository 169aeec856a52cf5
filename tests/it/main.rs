//! The integration tests, one binary.

mod macros;
mod migrate;
mod shelf;
