//! The keys of a payload that are ours.

use super::json::Shape;

/// The keys under which we write. The rest of the object is the user's.
const RESERVED: [&str; 8] = [
    "diff",
    "reason",
    "count",
    "ids",
    "impersonator",
    "actor_ref",
    "actor_label",
    "commit",
];

/// The last four: a reader takes them for our word even when we say nothing, and a user's object that has one would
/// speak in our name.
pub(super) const OUR_WORD: u8 = 0b1111_0000;

/// The key's bit among the reserved ones.
pub(super) fn reserved(key: &str) -> u8 {
    let place = RESERVED.iter().position(|reserved| *reserved == key);
    place.map_or(0, |place| 1 << place)
}

/// The shape of what our own encoder wrote, at a glance. A reserved key anywhere in it needs a closer look.
pub(super) fn shape_of_ours(text: &str) -> Option<Shape> {
    if !text.starts_with('{') {
        return Some(Shape::Other);
    }
    let bytes = text.as_bytes();
    let mut colons = (0..bytes.len()).filter(|&at| bytes[at] == b':');
    let is_reserved = |colon: usize| {
        let before = bytes[..colon].strip_suffix(b"\"");
        before.is_some_and(ends_reserved)
    };
    (!colons.any(is_reserved)).then_some(Shape::Object(0))
}

/// Whether a text ends with a reserved key and the quotation mark before it. By its last letter first: most keys are
/// passed over at that, and this is asked of each key of each event.
fn ends_reserved(text: &[u8]) -> bool {
    RESERVED.map(str::as_bytes).into_iter().any(|key| {
        text.last() == key.last()
            && text
                .strip_suffix(key)
                .is_some_and(|before| before.ends_with(b"\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reserved_key_is_met_in_what_our_own_encoder_wrote() {
        for key in RESERVED {
            let at_the_top = format!(r#"{{"a":{{"b":1}},"{key}":1}}"#);
            assert_eq!(shape_of_ours(&at_the_top), None, "{key}");
            for other in ["x", "_"].map(|before| format!(r#"{{"{before}{key}":"{key}"}}"#)) {
                assert_eq!(shape_of_ours(&other), Some(Shape::Object(0)), "{other}");
            }
        }
        assert_eq!(shape_of_ours(r#"["diff"]"#), Some(Shape::Other));
    }
}
