//! The attribute: what it records of which function.

mod beginnings;
mod catalogue;
mod collected;
mod fields;
mod handle;
mod outcomes;
mod shapes;
mod texts;
