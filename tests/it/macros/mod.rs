//! The attribute: what it records of which function.

mod collected;
mod fields;
mod outcomes;
mod shapes;
