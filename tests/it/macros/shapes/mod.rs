//! Every shape of function, with all warnings denied. Each compiles as it would without the attribute, and records the
//! expected event.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]

mod arguments;
mod bodies;
mod chains;
mod futures;
mod methods;
mod places;
mod returns;
