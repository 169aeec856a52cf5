//! What the tests of this package and of the writer share. Nothing but tests builds it.

mod intruder;
pub mod small_volume;
mod spool_contract;

pub use intruder::Intruder;
pub use spool_contract::spool_contract;
