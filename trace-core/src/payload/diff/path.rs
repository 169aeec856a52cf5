//! Dotted paths: the keys that lead to a leaf, each a segment.
//!
//! A segment is spelled as in a JSON string, and in a key itself a dot is written `~1`, a tilde `~0`. An empty key is `~`.
//! So a dot is always between two segments, and every path reads one way.

/// Returns whether a key, spelled as in a JSON string, is spelled otherwise in a path.
#[inline]
pub(super) fn is_escaped(key: &[u8]) -> bool {
    key.iter().any(|byte| matches!(byte, b'.' | b'~' | b'\\'))
}

/// Returns a key as it was before it was spelled for JSON.
pub(super) fn unescaped(key: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", key, b"\""].concat()).ok()
}

/// Appends a key, spelled as in a JSON string, to a path.
pub(super) fn append_escaped(path: &mut Vec<u8>, key: Vec<u8>) {
    for byte in key {
        match byte {
            b'~' => path.extend_from_slice(b"~0"),
            b'.' => path.extend_from_slice(b"~1"),
            byte => path.push(byte),
        }
    }
}

/// Returns whether a segment or a path stands for this name.
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
