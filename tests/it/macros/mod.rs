//! The attribute: its events for each kind of function.

mod beginnings;
mod catalogue;
mod collected;
mod exempt;
mod fields;
mod handle;
mod nested;
mod outcomes;
mod shapes;
mod texts;
