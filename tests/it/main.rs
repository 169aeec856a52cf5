//! The integration tests, one binary.

mod migrate;
mod shelf;
