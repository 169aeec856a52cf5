//! Dotted paths: the keys that lead to a leaf, one segment each.
//!
//! A segment has the spelling of a JSON string. In a key itself a dot is written `~1`, a tilde `~0`, and an empty key is
//! `~`. So a dot is always between two segments, and every path is unambiguous.

/// Returns whether the spelling of a key in a path differs from its JSON spelling.
#[inline]
pub(super) fn is_escaped(key: &[u8]) -> bool {
    key.iter().any(|byte| matches!(byte, b'.' | b'~' | b'\\'))
}

/// Returns a key without its JSON escapes.
pub(super) fn unescaped(key: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", key, b"\""].concat()).ok()
}

/// Appends a key in JSON spelling to a path.
pub(super) fn append_escaped(path: &mut Vec<u8>, key: Vec<u8>) {
    for byte in key {
        match byte {
            b'~' => path.extend_from_slice(b"~0"),
            b'.' => path.extend_from_slice(b"~1"),
            byte => path.push(byte),
        }
    }
}

/// Returns whether a segment or a path means this name.
#[inline]
pub(super) fn means(written: &[u8], name: &str) -> bool {
    let is_plain = !written.iter().any(|byte| matches!(byte, b'~' | b'\\'));
    if is_plain || written == name.as_bytes() {
        return written == name.as_bytes();
    }
    let text = String::from_utf8_lossy(written);
    let text = text.replace("~1", ".").replace("~0", "~");
    serde_json::from_str::<String>(&format!("\"{text}\"")).is_ok_and(|text| text == name)
}
