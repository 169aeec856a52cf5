//! What recording one event costs the thread that records it: our own ways, and those of peers.
//!
//! `cargo xtask bench record_path` runs each [`Variant`] in a process of its own, with a global subscriber as in
//! production, and compares them. The other measurements are binaries that stand alone.

mod cost;
mod event;
mod floor;
mod ours;
mod peers;
pub mod rows;
pub mod spread;
pub mod stories;
pub mod table;
mod variant;

pub use cost::{Counted, Figure, Measure};
pub use variant::Variant;
