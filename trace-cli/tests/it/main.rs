//! The tool from outside: its binary against real databases.

mod dead_letters;
mod export;
mod help;
mod import;
mod outputs;
mod query;
mod settings;
mod spool;
mod spooled;
mod sql;
mod tail;
mod terminal;
mod tool;
