//! The password in a URL: `postgres://user:password@host/database`.

use std::ops::Range;

use super::is_cut;

/// The maximum distance at which a password is searched. Without it, a text full of `://` would be read again and again.
const LONGEST: usize = 1024;

/// Returns the password of the URL whose authority begins at `start`.
///
/// The user may be missing. The password may contain characters that a URL should encode: `@`, and also `/`, `?` and `#` if
/// the part before them is no port. A part cut off before its `@` is taken for a password.
pub(super) fn secret(text: &[u8], start: usize) -> Option<Range<usize>> {
    // Most URLs have no password, so its sign is searched first.
    let near = &text[start..text.len().min(start + LONGEST)];
    if !near.contains(&b'@') && !text.ends_with("…".as_bytes()) {
        return None;
    }
    let end = start + end(near);
    let url = &text[start..end];
    let colon = url.iter().position(|&byte| byte == b':')?;
    let authority = url.iter().position(|&byte| is_after_authority(byte));
    let last_at = |within: &[u8]| within.iter().rposition(|&byte| byte == b'@');
    let at = match authority {
        Some(authority) if colon > authority => None,
        Some(authority) => last_at(&url[..authority]).or_else(|| {
            let is_host =
                url[0] == b'[' || url[colon + 1..authority].iter().all(u8::is_ascii_digit);
            if is_host { None } else { last_at(url) }
        }),
        None if is_cut(text, end) => last_at(url).or(Some(url.len())),
        None => last_at(url),
    };
    at.filter(|&at| at > colon + 1)
        .map(|at| start + colon + 1..start + at)
}

const fn is_after_authority(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'#')
}

/// Returns the end of a URL: a space or another character that no URL contains, or a closing quotation mark.
fn end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at + 1..];
        let ends = match byte {
            0..=b' ' | b'<' | b'>' | b'`' | b'|' => true,
            b'"' | b'\'' => closes(rest),
            b'\\' => match rest {
                [b'"', rest @ ..] => closes(rest),
                [escape, ..] => b"bfnrtu".contains(escape),
                [] => false,
            },
            // The mark of a cut.
            0xE2 => is_cut(text, at),
            _ => false,
        };
        if ends {
            return at;
        }
        at += if byte == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

/// Returns whether the quotation mark before `rest` closes a quotation.
const fn closes(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b'\\', b'\\', ..] => false,
        [next, ..] => matches!(
            next,
            0..=b' ' | b',' | b':' | b';' | b')' | b'}' | b']' | b'>' | b'"' | b'\\'
        ),
    }
}
