//! The sources of a package: its targets, and the files of their modules.

mod targets;
mod walk;

pub(super) use targets::{Package, Packages};
pub(super) use walk::walk;
