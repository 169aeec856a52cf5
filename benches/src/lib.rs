//! Cost of recording one event for the recording thread, with the recorder and with its peers.
//!
//! `cargo xtask bench record_path` runs each [`Variant`] in its own process, with a global subscriber as in production, and
//! compares them. The other measurements are independent binaries.

mod cost;
mod event;
mod floor;
pub mod mapped;
mod ours;
#[cfg(feature = "all")]
mod peers;
mod request;
#[cfg(feature = "all")]
pub mod rows;
pub mod spread;
pub mod stories;
#[cfg(feature = "all")]
pub mod table;
mod variant;

pub use cost::{Counted, Figure, Measure};
pub use ours::written_by_the_writer;
pub use variant::Variant;
