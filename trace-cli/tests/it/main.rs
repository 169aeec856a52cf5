//! The tool from outside: its binary against real databases.

mod catalogue;
mod coverage;
mod dead_letters;
mod doctor;
mod erase;
mod export;
mod grants;
mod help;
mod import;
mod keeping;
mod migrate;
mod outputs;
mod partitions;
mod query;
mod relay;
mod retention;
mod serve;
mod settings;
mod spool;
mod spooled;
mod sql;
mod stats;
mod tail;
mod terminal;
mod tool;
