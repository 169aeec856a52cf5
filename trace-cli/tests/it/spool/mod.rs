//! `spool`.

mod all;
#[cfg(target_os = "linux")]
mod buffers;
mod drain;
mod slots;
