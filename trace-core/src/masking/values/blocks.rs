//! Secrets in several parts: a JWT, a private key in PEM.

use std::ops::Range;

use super::{is_base64url, is_cut, is_start, run};

/// Returns the JWT with the `J` of its `eyJ` at `at`, or else the position before which there is no JWT.
///
/// The signature may be missing if the part before it is an object too.
pub(super) fn jwt(text: &[u8], at: usize) -> Result<Range<usize>, usize> {
    /// The length of `eyJhbGci`, minus two.
    const SHORTEST: usize = 6;
    let start = at.checked_sub(2).ok_or(at)?;
    if &text[start..=at] != b"eyJ" || !is_start(text, start) {
        return Err(at);
    }
    let header = run(text, at, is_base64url);
    if header - start < SHORTEST {
        return Err(at);
    }
    let (mut end, mut parts) = (header, 1);
    while text.get(end) == Some(&b'.') {
        let part = run(text, end + 1, is_base64url);
        if part == end + 1 {
            break;
        }
        (end, parts) = (part, parts + 1);
    }
    let has_object = text[header..].starts_with(b".eyJ");
    if parts >= 3 || has_object || is_cut(text, end) {
        Ok(start..end)
    } else {
        Err(header)
    }
}

/// Returns the private key with its `BEGIN` at `at`, with its lines of dashes.
pub(super) fn pem(text: &[u8], at: usize) -> Option<Range<usize>> {
    const DASHES: &[u8] = b"-----";
    const KIND: &[u8] = b"PRIVATE KEY";
    let rest = text[at..].strip_prefix(b"BEGIN ")?;
    let kind = run(
        rest,
        0,
        |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' '),
    );
    let (kind, body) = rest.split_at(kind);
    let is_line = text[..at].ends_with(DASHES) && body.starts_with(DASHES);
    if !is_line || !kind.windows(KIND.len()).any(|part| part == KIND) {
        return None;
    }
    let end_line = [DASHES, b"END ", kind, DASHES].concat();
    let end = text[at..]
        .windows(end_line.len())
        .position(|line| line == end_line)
        .map_or(text.len(), |end| at + end + end_line.len());
    Some(at - DASHES.len()..end)
}
