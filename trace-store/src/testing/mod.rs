//! Helpers shared by the tests of this package and of the writer. Only tests build this module.

mod intruder;
pub mod small_volume;
mod spool_contract;

pub use intruder::Intruder;
pub use spool_contract::spool_contract;
