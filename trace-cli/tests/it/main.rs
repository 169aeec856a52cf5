//! The tool from outside: its binary against real databases.

mod doctor;
mod export;
mod grants;
mod outputs;
mod query;
mod settings;
mod stats;
mod tail;
mod tool;
