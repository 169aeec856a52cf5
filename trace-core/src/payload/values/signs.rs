//! Bytes without which no secret stands in a text, looked for many at a time: most values have none of them.

/// As many as a register holds.
const WIDTH: usize = 16;

/// Nothing shorter is a secret: `a://:p@h`.
const SHORTEST: usize = 8;

/// Where the first sign of a secret stands, from `from` on.
#[inline]
pub(super) fn first(text: &[u8], from: usize) -> Option<usize> {
    if text.len() < SHORTEST {
        return None;
    }
    if from == 0 && text[0] == b'b' {
        // `bearer` and `basic` in lower case are looked for at the beginning, and behind a colon.
        return Some(0);
    }
    let rest = text.get(from..)?;
    let (chunks, last) = rest.as_chunks::<WIDTH>();
    for (index, chunk) in chunks.iter().enumerate() {
        if has_sign(chunk) {
            return position(chunk).map(|at| from + index * WIDTH + at);
        }
    }
    position(last).map(|at| text.len() - last.len() + at)
}

fn position(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| is_sign(byte))
}

/// Without a branch, so that the compiler compares all bytes at once.
#[inline]
fn has_sign(chunk: &[u8; WIDTH]) -> bool {
    chunk
        .iter()
        .fold(0, |found, &byte| found | u8::from(is_sign(byte)))
        != 0
}

/// `:` of `://`, `-` and `_` of `glpat-` and `ghp_`, `G` of `SG.`, `I` of `AKIA`, `J` of `eyJ`, `B` of `Bearer` and `BEGIN`.
#[inline]
const fn is_sign(byte: u8) -> bool {
    (byte.wrapping_sub(b':') < 4)
        | (byte.wrapping_sub(b'G') < 4)
        | (byte == b'B')
        | (byte == b'-')
        | (byte == b'_')
}
