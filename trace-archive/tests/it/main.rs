//! The archive against real databases, read back by DuckDB.

mod files;
mod hidden;
mod killed;
mod place;
mod runs;
