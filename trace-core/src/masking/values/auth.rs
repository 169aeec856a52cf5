//! The credentials after `Bearer` and `Basic` in an `Authorization` header.

use std::ops::Range;

use super::{is_cut, is_start, run};

const BASIC: &str = "basic ";
const SCHEMES: [&str; 2] = ["bearer ", BASIC];

/// Returns the credentials of a scheme that begins at `at`.
pub(super) fn secret(text: &[u8], at: usize) -> Option<Range<usize>> {
    let begins = |name: &str| {
        text[at..]
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    };
    let scheme = SCHEMES.iter().find(|scheme| begins(scheme))?;
    if !is_start(text, at) {
        return None;
    }
    let start = run(text, at + scheme.len(), |byte| byte == b' ');
    let end = run(text, start, is_token68);
    let token = &text[start..end];
    let token =
        &token[..token.len() - token.iter().rev().take_while(|&&byte| byte == b'.').count()];
    let is_alone = at == 0 && end == text.len();
    let is_secret = if *scheme == BASIC {
        is_basic(token)
    } else {
        is_bearer(token, is_alone) || is_cut(text, end)
    };
    (is_secret && !token.is_empty()).then_some(start..start + token.len())
}

/// Returns the credentials of a scheme in lower case after a colon or an equals sign: `authorization: bearer …`.
pub(super) fn behind(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = run(text, at, |byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\'));
    let is_lower = text.get(start) == Some(&b'b');
    if is_lower { secret(text, start) } else { None }
}

const fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// Returns whether the token is no word, unlike in `Bearer bonds`: it is long, or has a digit, a capital or a dot inside.
fn is_bearer(token: &[u8], is_alone: bool) -> bool {
    const LONG: usize = 20;
    let has = |holds: fn(&u8) -> bool| token.iter().any(holds);
    let is_mixed = has(u8::is_ascii_lowercase) && token.iter().skip(1).any(u8::is_ascii_uppercase);
    let is_joined =
        token.len() >= 8 && has(|byte| matches!(byte, b'.' | b'_' | b'~' | b'+' | b'='));
    token.len() >= LONG
        || token.len() >= 4 && (has(u8::is_ascii_digit) || is_mixed)
        || is_joined
        || is_alone && has(|byte| !byte.is_ascii_alphabetic())
}

/// Returns whether the token is base64 of `user:password`, and no word, unlike in `Basic plan`.
fn is_basic(token: &[u8]) -> bool {
    let digits = token.len() - token.iter().rev().take_while(|&&byte| byte == b'=').count();
    let mut text = Vec::with_capacity(token.len());
    for four in token[..digits].chunks(4) {
        let mut bits = 0;
        for &digit in four {
            let Some(digit) = value(digit) else {
                return false;
            };
            bits = bits << 6 | digit;
        }
        let bits = bits << (6 * (4 - four.len()));
        let [_, bytes @ ..] = u32::to_be_bytes(bits);
        text.extend_from_slice(&bytes[..four.len() * 3 / 4]);
    }
    text.contains(&b':') && text.iter().all(|&byte| byte >= b' ' && byte != 0x7F)
}

/// Returns the value of a digit of base64.
const fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value as u32)
}
