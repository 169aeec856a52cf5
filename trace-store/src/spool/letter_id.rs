//! Ids of dead letters.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::spools_error::{Kind, SpoolsError};

/// Id of a dead letter: its slot, and its number in the spool of the slot. It is written and read as `0/17`.
///
/// A process that takes over the spool of a dead one gives new ids to its letters. List them again after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeadLetterId {
    /// Number of the slot, which is the name of its directory.
    pub slot: usize,
    /// Number of the letter in the slot, never used twice in one spool file.
    pub number: i64,
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.slot, self.number)
    }
}

impl Serialize for DeadLetterId {
    /// Writes the text, such as `0/17`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for DeadLetterId {
    type Err = SpoolsError;

    /// Reads an id such as `0/17`.
    fn from_str(text: &str) -> Result<Self, SpoolsError> {
        let parts = text.split_once('/');
        let parsed = parts.and_then(|(slot, number)| {
            let (slot, number) = (digits(slot)?, digits(number)?);
            Some(Self {
                slot: slot.parse().ok()?,
                number: number.parse().ok()?,
            })
        });
        parsed.ok_or_else(|| Kind::NotAnId(text.to_owned()).into())
    }
}

/// Returns the text if it has digits alone. A number also parses with a sign.
fn digits(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id: DeadLetterId = "3/9223372036854775807".parse().expect("an id");
        assert_eq!((id.slot, id.number), (3, i64::MAX));
        assert_eq!(id.to_string(), "3/9223372036854775807");
        let json = serde_json::to_string(&id).expect("serializes");
        assert_eq!(json, "\"3/9223372036854775807\"");
    }

    #[test]
    fn another_text_is_refused_with_the_text_and_an_example() {
        for text in [
            "",
            "17",
            "0/",
            "/17",
            "0/+17",
            "-1/2",
            "0/1/2",
            "0/99999999999999999999",
            "a/b",
        ] {
            let error = text.parse::<DeadLetterId>().expect_err(text).to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
            assert!(error.contains("`0/17`"), "{error}");
        }
    }
}
