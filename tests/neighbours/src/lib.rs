//! The attribute beside every other one on the same function. Each cell compiles, records once, and leaves the effect of
//! the other attribute unchanged.

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
