//! The form of actions and resources, apart from their meaning.

use std::error::Error;
use std::fmt;

/// The maximum length of an action and of a resource, in characters.
pub const MAX_CHARACTERS: usize = 255;

/// The reason why a name cannot be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    Empty,
    /// The name has more than 255 characters.
    TooLong,
    /// The name begins or ends with a space.
    OuterSpace,
    /// The name contains a line break or another control character.
    ControlCharacter,
    /// The action has no dot.
    NoVerb,
    /// The action begins or ends with a dot, or has two dots in a row.
    EmptySegment,
    /// The action contains a character other than `a`–`z`, `0`–`9`, `_`, `-` and the dot.
    ForbiddenCharacter,
}

impl NameError {
    /// Returns the message without its subject, the name of the field.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than its column of 255 characters",
            Self::OuterSpace => "begins or ends with a space",
            Self::ControlCharacter => "contains a control character",
            Self::NoVerb => "has no verb; write `noun.verb`, like `user.update`",
            Self::EmptySegment => "has an empty part; write `noun.verb`, like `user.update`",
            Self::ForbiddenCharacter => {
                "may only contain `a` to `z`, `0` to `9`, `_`, `-` and dots, like `user.update`"
            }
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name {}", self.message())
    }
}

impl Error for NameError {}

/// Checks the form of an action, apart from its meaning.
///
/// # Errors
///
/// Returns the first reason why the text is not `noun.verb` in lower case.
pub const fn check_action(action: &str) -> Result<(), NameError> {
    if let Err(error) = check_resource(action) {
        return Err(error);
    }
    let bytes = action.as_bytes();
    let (mut at, mut dots) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => {}
            b'.' if at == 0 || at + 1 == bytes.len() || bytes[at - 1] == b'.' => {
                return Err(NameError::EmptySegment);
            }
            b'.' => dots += 1,
            _ => return Err(NameError::ForbiddenCharacter),
        }
        at += 1;
    }
    if dots == 0 {
        Err(NameError::NoVerb)
    } else {
        Ok(())
    }
}

/// Checks the form of a resource.
///
/// # Errors
///
/// Returns the first reason why the text does not fit the column.
pub const fn check_resource(resource: &str) -> Result<(), NameError> {
    let bytes = resource.as_bytes();
    if bytes.is_empty() {
        return Err(NameError::Empty);
    }
    if bytes[0] == b' ' || bytes[bytes.len() - 1] == b' ' {
        return Err(NameError::OuterSpace);
    }
    let (mut at, mut characters) = (0, 0);
    while at < bytes.len() {
        if bytes[at] < 0x20 || bytes[at] == 0x7f {
            return Err(NameError::ControlCharacter);
        }
        // Every byte but the continuation bytes of UTF-8 begins a character.
        if bytes[at] & 0xc0 != 0x80 {
            characters += 1;
        }
        at += 1;
    }
    if characters > MAX_CHARACTERS {
        Err(NameError::TooLong)
    } else {
        Ok(())
    }
}
