//! The attribute beside every other one on the same function: each cell compiles, records once, and leaves what the other
//! attribute does as it was.

#[cfg(test)]
#[path = "../../it/macros/collected.rs"]
#[expect(dead_code, reason = "shared with the tests of the attribute")]
mod collected;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod moments;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod syn2;
#[cfg(test)]
mod tonic;
