//! Values of fields, as JSON, for people.

use maud::{Markup, html};

use crate::payload::{items, text_of};
use crate::stored::{beginning, within};
use crate::texts::{self, PageText, Texts};

/// A stored value by the way in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Words in place of a value that has no text: *null*, *empty*.
    Words(PageText),
    /// A secret that was masked as it was recorded.
    Masked,
    Text(String),
}

impl Value {
    /// Reads a value; `None` is one that is not there.
    pub(crate) fn of(json: Option<&str>) -> Self {
        match json {
            None => Self::Words(texts::NOT_THERE),
            Some("null") => Self::Words(texts::NULL),
            Some("\"\"" | "{}") => Self::Words(texts::EMPTY),
            Some("[]") => Self::Words(texts::EMPTY_LIST),
            Some("\"[masked]\"") => Self::Masked,
            Some(json) if json.starts_with("{\"_oversize\"") => Self::Words(texts::OVERSIZE),
            Some(json) if json.starts_with("{\"_unrecorded\"") => Self::Words(texts::UNRECORDED),
            Some(json) if json.starts_with('[') => Self::Text(items(json).join(", ")),
            Some(json) => Self::Text(text_of(json).unwrap_or_else(|| json.to_owned())),
        }
    }

    pub(crate) const fn is_words(&self) -> bool {
        matches!(self, Self::Words(_))
    }

    /// Returns the value in at most so many characters.
    pub(crate) fn short(&self, texts: &Texts, characters: usize) -> Markup {
        match self {
            Self::Text(text) => within(&beginning(text, characters)),
            other => other.whole(texts),
        }
    }

    pub(crate) fn whole(&self, texts: &Texts) -> Markup {
        match self {
            Self::Words(words) => html! { em { (texts.of(*words)) } },
            Self::Masked => html! { u { (texts.of(texts::MASKED)) } },
            Self::Text(text) => within(text),
        }
    }
}
