//! Which keys are secret.

mod beginnings;
mod glue;
mod names;
mod plain;
mod terms;

mod words;

use self::words::{Words, is_letter};

/// The names that mean a secret: the value under such a key is masked as it is written.
///
/// A name is read as words, so that `user_password`, `userPassword`, `User-Password` and `USER PASSWORD 2` are secret and
/// `monkey`, `keyboard`, `tokenizer` and `passport` are not. It does not matter whether it is the name of a field, the
/// key of a map or the name of an enum's variant, nor how deep it lies. `Masks::default()` knows what is usual:
/// passwords, tokens, secrets, keys, cookies, one-time codes, card data, social security numbers.
///
/// Values are not looked at. A secret in a list of pairs, in a free text or under a name that says nothing is not found:
/// name it, or leave it out with serde's `skip`.
///
/// ```
/// use behavior_trace_core::Masks;
///
/// let masks = Masks::default().add("salary").keep("max_tokens");
/// assert!(masks.covers("newPassword") && masks.covers("base_salary"));
/// assert!(!masks.covers("keyboard") && !masks.covers("max_tokens"));
/// ```
#[derive(Clone, Debug)]
pub struct Masks {
    usual: bool,
    added: Vec<Box<[u8]>>,
    kept: Vec<Box<[u8]>>,
}

impl Default for Masks {
    fn default() -> Self {
        Self {
            usual: true,
            ..Self::none()
        }
    }
}

impl Masks {
    /// Nothing is secret, until names are added: a list of one's own in place of the usual one.
    pub const fn none() -> Self {
        Self {
            usual: false,
            added: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Masks this name too, wherever its words stand in a key: `salary` covers `base_salary` and `SalaryOld`, and leaves
    /// `salaried` alone. It is a name and no path. A name without a letter or digit adds nothing.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "a name is added to a list, as everywhere else"
    )]
    pub fn add(mut self, name: &str) -> Self {
        let letters = fold(name);
        if !letters.is_empty() {
            self.added.push(letters);
        }
        self
    }

    /// Lets this name through, as a whole, though it has a secret's words in it: `max_tokens`, `pin_color`.
    #[must_use]
    pub fn keep(mut self, name: &str) -> Self {
        self.kept.push(fold(name));
        self
    }

    /// Whether the value under this key is masked.
    pub fn covers(&self, key: &str) -> bool {
        self.covers_bytes(key.as_bytes())
    }

    /// As [`covers`](Self::covers), for a key in a buffer.
    pub(super) fn covers_bytes(&self, key: &[u8]) -> bool {
        self.find(key, names::is_secret)
    }

    /// Whether a secret's name stands in a free text, `user=ada&password=…`. What else stands there says nothing about it.
    pub(super) fn covers_text(&self, text: &str) -> bool {
        self.find(text.as_bytes(), names::have_term)
    }

    fn find(&self, name: &[u8], is_usual: impl FnOnce(Words<'_>) -> bool) -> bool {
        let may_be_usual = self.usual && beginnings::may_have_term(name);
        if !may_be_usual && self.added.is_empty() {
            return false;
        }
        let is_secret = words::read(name, |words| {
            may_be_usual && is_usual(words) || self.added.iter().any(|term| words.have(term))
        });
        is_secret && !self.kept.iter().any(|kept| *fold_bytes(name) == **kept)
    }
}

fn fold(name: &str) -> Box<[u8]> {
    fold_bytes(name.as_bytes())
}

fn fold_bytes(name: &[u8]) -> Box<[u8]> {
    name.iter()
        .filter(|&&byte| is_letter(byte))
        .map(u8::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod lists;
#[cfg(test)]
mod tests;
