//! The signs: bytes of which every secret has at least one. Many bytes are compared at a time, and most values have no sign.

/// The number of bytes in a register.
const WIDTH: usize = 16;

/// The minimum length of a secret: `a://:p@h`.
const SHORTEST: usize = 8;

/// Returns whether a text is too short for a secret, or short and without a sign. Most texts are.
#[inline]
pub(super) fn has_none(text: &[u8]) -> bool {
    text.len() < SHORTEST
        || text.len() <= WIDTH
            && text[0] != b'b'
            && !text.iter().any(|&byte| MAY_BE_SIGN[usize::from(byte)])
}

/// Calls `look` for each sign of a secret, in order. `look` returns the position at which to continue.
pub(super) fn each(text: &[u8], look: &mut dyn FnMut(usize) -> usize) {
    let mut looked = 0;
    // Schemes in lower case have no sign at their beginning.
    if text[0] == b'b' {
        looked = look(0);
    }
    if text.len() <= WIDTH {
        let mut padded = [b' '; WIDTH + 1];
        padded[..text.len()].copy_from_slice(text);
        in_chunk(&padded, 1, &mut looked, look);
        return;
    }
    let mut at = 1;
    while at < text.len() {
        // The last chunk overlaps the one before it.
        let start = at.min(text.len() - WIDTH);
        looked = looked.max(at);
        if let Some(chunk) = text[start - 1..].first_chunk() {
            in_chunk(chunk, start, &mut looked, look);
        }
        at = start + WIDTH;
    }
}

/// Finds the signs among all bytes but the first. The second byte is at `start` in the text.
#[inline]
fn in_chunk(
    chunk: &[u8; WIDTH + 1],
    start: usize,
    looked: &mut usize,
    look: &mut dyn FnMut(usize) -> usize,
) {
    let mut signs = [0; WIDTH];
    // The loop has no branch, so that the compiler compares all bytes at once.
    for (at, sign) in signs.iter_mut().enumerate() {
        *sign = u8::from(is_sign(chunk[at], chunk[at + 1]));
    }
    let mut signs = u128::from_le_bytes(signs);
    while signs != 0 {
        let at = start + signs.trailing_zeros() as usize / 8;
        signs &= signs - 1;
        if at >= *looked {
            *looked = look(at);
        }
    }
}

/// The bytes that may be a sign after some other byte. For few bytes a table is faster than [`is_sign`].
static MAY_BE_SIGN: [bool; 256] = {
    let mut signs = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        signs[byte as usize] = is_sign(b'a', byte) || is_sign(b'/', byte) || byte == b'B';
        byte += 1;
    }
    signs
};

/// Returns whether a byte is a sign, given the byte before it.
///
/// The signs are the second byte of `//`, `Be` and `Ba`, a colon after a name, and an equals sign. Others are the last `-`
/// or `_` of `glpat-` and `ghp_`, and a capital of `AKIA`, `eyJ` and `SG.` after another letter.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches, sixteen are told at once"
)]
#[inline]
const fn is_sign(before: u8, byte: u8) -> bool {
    let is_letter = before > b'9';
    let lower = byte | 0x20;
    ((byte == b'-') | (byte == b':') | (byte.wrapping_sub(b'G') < 4))
        & (is_letter | (before == b'"'))
        | (byte == b'_')
        | (byte == b'=')
        | (byte == b'/') & (before == b'/')
        | (before == b'B') & ((lower == b'e') | (lower == b'a'))
}
