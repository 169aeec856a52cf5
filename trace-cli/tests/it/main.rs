//! The tool from outside: its binary against real databases.

mod erase;
mod export;
mod help;
mod keeping;
mod migrate;
mod outputs;
mod partitions;
mod query;
mod retention;
mod settings;
mod tail;
mod terminal;
mod tool;
