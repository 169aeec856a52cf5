//! Helpers shared by the tests of this package and of the writer. Only tests build this module.

mod intruder;
mod rows;
pub mod small_volume;
mod spool_contract;

pub use intruder::Intruder;
pub use rows::insert_rows;
pub use spool_contract::spool_contract;
