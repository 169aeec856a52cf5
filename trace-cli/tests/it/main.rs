//! The tool from outside: its binary against real databases.

mod dead_letters;
mod erase;
mod export;
mod help;
mod import;
mod keeping;
mod migrate;
mod outputs;
mod partitions;
mod query;
mod retention;
mod settings;
mod spool;
mod spooled;
mod sql;
mod tail;
mod terminal;
mod tool;
