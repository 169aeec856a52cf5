//! Secrets among the parameters of a URL or of a connection string: `?access_token=…`, `;Password=…`.

use std::ops::Range;

use super::run;
use crate::masking::names;

/// The maximum length of a parameter's name.
const LONGEST: usize = 40;

/// Returns the value after the equals sign at `at`, if the name before it is a parameter with a secret's name.
pub(super) fn secret(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = &text[at.saturating_sub(LONGEST)..at];
    let name = before.iter().rposition(|&byte| !is_name(byte))?;
    if !matches!(before[name], b'?' | b'&' | b';') || !names::is_usual(&before[name + 1..]) {
        return None;
    }
    let end = run(text, at + 1, is_value);
    (end > at + 1).then_some(at + 1..end)
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

const fn is_value(byte: u8) -> bool {
    !matches!(
        byte,
        0..=b' ' | b'&' | b';' | b'#' | b'"' | b'\'' | b'\\' | b'<' | b'>'
    )
}
