//! The writer on a scripted store: in memory, with a spool, on a small volume, and compared with a model.

mod in_memory;
mod ledger;
#[cfg(target_os = "linux")]
mod mapped;
mod model;
#[cfg(target_os = "linux")]
mod rest;
pub(crate) mod scripted;
mod small_volume;
mod with_spool;
