//! The attribute: what it records of which function.

mod beginnings;
mod catalogue;
mod collected;
mod fields;
mod handle;
mod nested;
mod outcomes;
mod shapes;
mod texts;
