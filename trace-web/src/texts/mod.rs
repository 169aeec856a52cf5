//! The words of the pages, and their translation.

mod english;
mod fill;
pub(crate) mod verbs;

use std::collections::BTreeMap;

pub(crate) use english::*;
pub(crate) use fill::fill;

/// A text of the pages: its key, and its English form with places such as `{actor}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageText {
    pub(crate) key: &'static str,
    pub(crate) english: &'static str,
}

/// The words of the pages: English, or a translation.
///
/// A text has a key and places in braces, such as `{actor} {verb} {record}`. A translation may order the places as its
/// grammar asks for. It may leave places out; a place that the English text does not have stays as it is written.
///
/// ```
/// use behavior_trace::web::Texts;
///
/// let german = Texts::translated("de", |key, english| match key {
///     "sentence.done" => Some("{actor} hat {record} {verb}".to_owned()),
///     "verb.approve" => Some("freigegeben".to_owned()),
///     _ => None,
/// });
/// assert!(Texts::entries().any(|(key, english)| (key, english) == ("verb.approve", "approved")));
/// # drop(german);
/// ```
#[derive(Clone, Debug)]
pub struct Texts {
    language: String,
    translated: BTreeMap<&'static str, String>,
}

impl Texts {
    /// Returns the English texts, the default.
    pub fn english() -> Self {
        Self::translated("en", |_, _| None)
    }

    /// Creates a translation. The function gets the key and the English form of each text, once; `None` leaves a text in
    /// English. `language` is a tag such as `"de"` for the attribute `lang`.
    pub fn translated(
        language: impl Into<String>,
        translate: impl Fn(&'static str, &'static str) -> Option<String>,
    ) -> Self {
        let translated = Self::entries()
            .filter_map(|(key, english)| Some((key, translate(key, english)?)))
            .collect();
        Self {
            language: language.into(),
            translated,
        }
    }

    /// Returns the keys and English forms of all texts.
    pub fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
        let texts = english::ALL.iter().chain(verbs::ALL);
        texts.map(|text| (text.key, text.english))
    }

    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// Returns a text in the language.
    pub(crate) fn of(&self, text: PageText) -> &str {
        self.translated
            .get(text.key)
            .map_or(text.english, String::as_str)
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::english()
    }
}
