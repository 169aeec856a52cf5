//! `spool`.

mod all;
mod drain;
mod slots;
