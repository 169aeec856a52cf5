//! Every shape of function there is, with all warnings denied: each compiles as it would without the attribute, and
//! records what it should.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]

mod arguments;
mod bodies;
mod chains;
mod futures;
mod methods;
mod places;
mod returns;
