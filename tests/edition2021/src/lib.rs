//! The tests of the attribute again, in edition 2021: captures, temporaries and opaque types differ there.

#[cfg(test)]
#[path = "../../it/macros/mod.rs"]
mod macros;
