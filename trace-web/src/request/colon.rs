//! Kind and id in one text: `User:7`.

/// Returns kind and id of a text. A backslash makes a colon or a backslash part of the kind.
pub(crate) fn split(text: &str) -> (String, Option<String>) {
    let mut kind = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' => return (kind, Some(characters.as_str().to_owned())),
            '\\' => kind.extend(characters.next()),
            other => kind.push(other),
        }
    }
    (kind, None)
}

/// Returns kind and id as a text that [`split`] takes apart.
pub(crate) fn join(kind: &str, id: Option<&str>) -> String {
    let mut text = String::new();
    for character in kind.chars() {
        if matches!(character, ':' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    if let Some(id) = id {
        text.push(':');
        text.push_str(id);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn kind_and_id_come_back(kind in "[a:\\\\]{0,4}", id in prop::option::of("[a:\\\\]{0,4}")) {
            prop_assert_eq!(split(&join(&kind, id.as_deref())), (kind, id));
        }
    }
}
