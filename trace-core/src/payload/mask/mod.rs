//! Which keys and values are secret.

use std::borrow::Cow;

mod beginnings;
mod glue;
mod names;
mod plain;
mod terms;

mod words;

use self::words::{Words, is_letter};
use super::values;

/// Decides what is masked as it is written: the values under names that mean a secret, and values that are one whatever
/// their name.
///
/// # Names
///
/// Reads a name as words, so that `user_password`, `userPassword`, `User-Password`, `USER PASSWORD 2` and `userpassword` are
/// secret and `monkey`, `keyboard`, `tokenizer` and `passport` are not. It does not matter whether it is the name of a
/// field, the key of a map or the name of an enum's variant, nor how deep it lies. `Masks::default()` knows what is usual:
/// passwords, tokens, secrets, keys, cookies, credentials of OAuth and SAML, one-time codes, the URLs of databases, card
/// data, social security numbers. A name that speaks about a secret stays (`password_changed_at`, `token_count`,
/// `has_password`, `max_tokens`), and so do `session`, `key`, `email` and other objects of the business.
/// [`add`](Self::add) masks one more, [`allow`](Self::allow) lets one through.
///
/// # Values
///
/// Masks in any text under any name, in part where that is enough (`postgres://app:[masked]@db/app`):
///
/// - the password in a URL, and parameters with a secret's name: `?access_token=…`, `;Password=…`;
/// - what stands behind `Bearer` and `Basic`, if it is no word (`Basic plan`, `Bearer bonds`);
/// - JWTs and private keys in PEM;
/// - keys that say what they are: of AWS (the ids), GitHub, GitLab, Stripe, Slack, Google, npm, PyPI, Docker, SendGrid,
///   OpenAI, Anthropic, Hugging Face, DigitalOcean, Shopify and Grafana.
///
/// Public keys, certificates, checksums, UUIDs and URLs without a password stay. [`scan_values`](Self::scan_values) turns
/// this off or on. The text of a `reason` and an actor's label are looked through too; keys of maps, ids and whatever else
/// is searched for are not.
///
/// # Limits
///
/// A secret that has neither a telling name nor a shape of its own is not found: a bare password in a list or in a free
/// text. Name it, or leave it out with serde's `skip`.
///
/// ```
/// use behavior_trace_core::Masks;
///
/// let masks = Masks::default().add("salary").allow("pin_color");
/// assert!(masks.is_masked("newPassword") && masks.is_masked("base_salary"));
/// assert!(!masks.is_masked("keyboard") && !masks.is_masked("max_tokens") && !masks.is_masked("pin_color"));
/// assert_eq!(masks.mask_text("see redis://:hunter2@cache"), "see redis://:[masked]@cache");
/// ```
#[derive(Clone, Debug)]
pub struct Masks {
    usual: bool,
    values: bool,
    added: Vec<Box<[u8]>>,
    kept: Vec<Box<[u8]>>,
}

impl Default for Masks {
    fn default() -> Self {
        Self {
            usual: true,
            values: true,
            ..Self::none()
        }
    }
}

impl Masks {
    /// Masks nothing until names are added: a list of one's own in place of the usual one. Values are not scanned.
    pub const fn none() -> Self {
        Self {
            usual: false,
            values: false,
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

    /// Lets this name through, as a whole, though it has a secret's words in it: `pin_color`, `token_hint`. The value under it
    /// is still scanned.
    #[must_use]
    pub fn allow(mut self, name: &str) -> Self {
        self.kept.push(fold(name));
        self
    }

    /// Turns the search for values that are secrets whatever their name on or off. On in `Masks::default()`, off in
    /// [`Masks::none`].
    ///
    /// ```
    /// use behavior_trace_core::Masks;
    ///
    /// let masks = Masks::default().scan_values(false);
    /// assert_eq!(masks.mask_text("redis://:hunter2@cache"), "redis://:hunter2@cache");
    /// assert!(masks.is_masked("password"));
    /// ```
    #[must_use]
    pub const fn scan_values(mut self, scan: bool) -> Self {
        self.values = scan;
        self
    }

    /// Returns the text with the secrets in it masked that have a shape of their own; names in it say nothing. Used by a
    /// policy for texts that stand outside the payload.
    pub fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = if text.contains('\\') {
            self.mask_escaped(text)
        } else {
            self.mask_json(text.as_bytes())
                .map(|masked| String::from_utf8_lossy(&masked).into_owned())
        };
        masked.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// A backslash of the text's own must not be taken for one of JSON's.
    #[cold]
    fn mask_escaped(&self, text: &str) -> Option<String> {
        let json = serde_json::to_string(text).ok()?;
        let masked = self.mask_json(&json.as_bytes()[1..json.len() - 1])?;
        serde_json::from_slice(&[b"\"", &masked[..], b"\""].concat()).ok()
    }

    /// As [`mask_text`](Self::mask_text), for a string as it stands in JSON, without its quotation marks.
    #[inline]
    pub(super) fn mask_json(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.values {
            values::mask(text)
        } else {
            None
        }
    }

    pub(super) const fn scans_values(&self) -> bool {
        self.values
    }

    /// Whether the value under this key is masked.
    pub fn is_masked(&self, key: &str) -> bool {
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

    /// Whether a name is secret by what is usual.
    pub(super) fn usual(name: &[u8]) -> bool {
        beginnings::may_have_term(name) && words::read(name, names::is_secret)
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
