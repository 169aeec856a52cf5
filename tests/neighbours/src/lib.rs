//! The attribute beside every other one on the same function: each cell compiles, records once, and leaves what the other
//! attribute does as it was.

#[cfg(test)]
mod answers;
#[cfg(test)]
#[path = "../../it/macros/collected.rs"]
mod collected;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod moments;
#[cfg(test)]
mod patterns;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod syn2;
#[cfg(test)]
mod tonic;
