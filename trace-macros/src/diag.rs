//! Collection of errors: all at once, each at its own token, each with a remedy.

use proc_macro2::Span;
use quote::ToTokens;

/// The errors of one attribute.
///
/// Call [`finish`](Self::finish): a wrong attribute would compile if its errors were dropped.
#[must_use]
pub(crate) struct Errors {
    first: Option<syn::Error>,
    finished: bool,
}

impl Errors {
    pub(crate) const fn new() -> Self {
        Self {
            first: None,
            finished: false,
        }
    }

    /// Adds an error at the smallest wrong token.
    pub(crate) fn push(&mut self, span: Span, message: impl AsRef<str>) {
        self.add(syn::Error::new(span, message.as_ref()));
    }

    /// Adds an error at all of these tokens.
    pub(crate) fn push_at(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.add(syn::Error::new_spanned(tokens, message.as_ref()));
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.first {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Returns all errors combined, if there are any.
    pub(crate) fn finish(mut self) -> Option<syn::Error> {
        self.finished = true;
        self.first.take()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.finished || std::thread::panicking(),
            "the errors of an attribute were dropped unseen"
        );
    }
}

/// Formats a message with its remedy below it.
pub(crate) fn helped(message: impl AsRef<str>, help: impl AsRef<str>) -> String {
    format!("{}\n  help: {}", message.as_ref(), help.as_ref())
}

/// Returns the name among `known` that `given` most likely means.
pub(crate) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|&name| (distance(given, name), name))
        .filter(|&(distance, name)| {
            let begins_alike = given.starts_with(name) || name.starts_with(given);
            begins_alike || distance <= name.chars().count().div_ceil(3)
        })
        .min()
        .map(|(_, name)| name)
}

/// Returns the edit distance: the number of characters to insert, delete or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, &wanted) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// Formats names in backticks, separated by commas.
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_near_by_is_suggested_and_a_far_one_is_not() {
        let known = ["action", "resource", "resource_id"];
        assert_eq!(nearest("acton", &known), Some("action"));
        assert_eq!(nearest("resourceid", &known), Some("resource_id"));
        assert_eq!(nearest("okay", &["ok", "some"]), Some("ok"));
        assert_eq!(nearest("foo", &known), None);
    }

    #[test]
    fn errors_are_kept_until_all_are_known() {
        let mut errors = Errors::new();
        errors.push(Span::call_site(), "one");
        errors.push(Span::call_site(), "two");
        assert_eq!(
            errors.finish().map(|error| error.into_iter().count()),
            Some(2)
        );
    }

    #[test]
    #[should_panic(expected = "dropped unseen")]
    fn errors_that_nobody_looked_at_are_a_bug() {
        drop(Errors::new());
    }
}
