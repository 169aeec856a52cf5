//! The masking of secrets in JSON.
//!
//! | part | task |
//! |---|---|
//! | [`Masks`] | decides which names and values are secret |
//! | `names/`, `values/` | the two searches behind it |
//! | [`JsonFormatter`] | turns what `serde_json` serializes into pieces of JSON |
//! | [`JsonOutput`] | takes the pieces: masked into a buffer ([`MaskingOutput`]), or flattened for a diff |
//! | [`copy_json`], [`write_json`] | write a text and a value that way; a failure leaves a mark |

mod encoded;
mod json;
mod json_formatter;
mod json_output;
mod masking_output;
mod masks;
mod names;
mod number;
mod values;

#[cfg(test)]
mod lists;
#[cfg(test)]
#[path = "../../tests/masking.rs"]
mod tests;

pub(crate) use encoded::copy as copy_encoded;
pub use json::CaptureResult;
pub(crate) use json::{copy_json, mark, mark_abort, write_json};
pub(crate) use json_formatter::JsonFormatter;
pub(crate) use json_output::{AbortReason, JsonOutput, Nesting};
pub(crate) use masking_output::{MASKED, MaskingOutput, NOT_JSON};
pub use masks::Masks;
