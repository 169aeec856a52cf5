//! The list of secret names, and the setting for the scan of values.

use std::borrow::Cow;

use super::names::{self, Words};
use super::values;

/// The rules of masking. They mask values under names that mean a secret, and secret values under any name.
///
/// # Names
///
/// A name is read as words. So `user_password`, `userPassword`, `User-Password`, `USER PASSWORD 2` and `userpassword` are
/// secret; `monkey`, `keyboard`, `tokenizer` and `passport` are not. The name of a field, the key of a map and the name of
/// an enum's variant count alike, at any depth. `Masks::default()` covers the usual secrets: passwords, tokens, secrets,
/// keys, cookies, credentials of OAuth and SAML, one-time codes, the URLs of databases, card data, social security numbers.
/// A name that describes a secret stays (`password_changed_at`, `token_count`, `has_password`, `max_tokens`). So do
/// `session`, `key`, `email` and other business objects. [`add`](Self::add) masks one more name, [`allow`](Self::allow)
/// exempts one.
///
/// # Values
///
/// These secrets are masked in any text under any name, in part where that is enough (`postgres://app:[masked]@db/app`):
///
/// - the password in a URL, and parameters with a secret's name: `?access_token=…`, `;Password=…`;
/// - the text after `Bearer` and `Basic`, unless it is a word (`Basic plan`, `Bearer bonds`);
/// - JWTs and private keys in PEM;
/// - keys with a known prefix: of AWS (the ids), GitHub, GitLab, Stripe, Slack, Google, npm, PyPI, Docker, SendGrid, OpenAI,
///   Anthropic, Hugging Face, DigitalOcean, Shopify and Grafana.
///
/// Public keys, certificates, checksums, UUIDs and URLs without a password stay. [`scan_values`](Self::scan_values) turns
/// this scan off or on. It also covers the text of a `reason` and an actor's label. It does not cover the keys of maps, ids
/// and other fields that queries search.
///
/// # Limits
///
/// A secret without a telling name or a shape of its own is not found, such as a bare password in a list or in free text.
/// Give it a name, or leave it out with serde's `skip`.
///
/// ```
/// use behavior_trace::policy::Masks;
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
    /// Returns masks that mask nothing until names are added, to replace the usual list. Values are not scanned.
    pub const fn none() -> Self {
        Self {
            usual: false,
            values: false,
            added: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Returns whether these are the masks of [`Masks::default`], without a name added or exempted.
    #[doc(hidden)]
    pub const fn is_default(&self) -> bool {
        self.usual && self.values && self.added.is_empty() && self.kept.is_empty()
    }

    /// Masks this name too, anywhere in a key as whole words. `salary` covers `base_salary` and `SalaryOld`, but not
    /// `salaried`. It is a name, not a path. A name without a letter or digit adds nothing.
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

    /// Exempts this whole name, although it contains a secret's words: `pin_color`, `token_hint`. The value under it is
    /// still scanned.
    #[must_use]
    pub fn allow(mut self, name: &str) -> Self {
        self.kept.push(fold(name));
        self
    }

    /// Turns the scan for secret values under any name on or off. It is on in `Masks::default()` and off in [`Masks::none`].
    ///
    /// ```
    /// use behavior_trace::policy::Masks;
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

    /// Returns the text with the secrets masked that are found by their shape. Names inside the text have no effect.
    /// Policies use it for texts outside the payload.
    pub fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = if text.contains('\\') {
            self.mask_escaped(text)
        } else {
            self.mask_json(text.as_bytes())
                .map(|masked| String::from_utf8_lossy(&masked).into_owned())
        };
        masked.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Masks a text with a backslash, which must not be read as an escape of JSON.
    #[cold]
    fn mask_escaped(&self, text: &str) -> Option<String> {
        let json = serde_json::to_string(text).ok()?;
        let masked = self.mask_json(&json.as_bytes()[1..json.len() - 1])?;
        serde_json::from_slice(&[b"\"", &masked[..], b"\""].concat()).ok()
    }

    /// Returns a string with its secrets masked, if it has any. Input and output are in JSON spelling, without quotation
    /// marks.
    #[inline]
    pub(crate) fn mask_json(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.values {
            values::mask(text)
        } else {
            None
        }
    }

    /// Returns whether values are scanned.
    pub(crate) const fn scans_values(&self) -> bool {
        self.values
    }

    /// Returns whether the value under this key is masked.
    pub fn is_masked(&self, key: &str) -> bool {
        self.covers_bytes(key.as_bytes())
    }

    /// Returns whether the value under this key, given as bytes, is masked.
    pub(crate) fn covers_bytes(&self, key: &[u8]) -> bool {
        self.find(key, names::is_secret)
    }

    /// Returns whether a free text contains a secret's name, such as `user=ada&password=…`. Its other words have no effect.
    pub(crate) fn covers_text(&self, text: &str) -> bool {
        self.find(text.as_bytes(), names::have_term)
    }

    fn find(&self, name: &[u8], is_usual: impl FnOnce(Words<'_>) -> bool) -> bool {
        let may_be_usual = self.usual && names::may_have_term(name);
        if !may_be_usual && self.added.is_empty() {
            return false;
        }
        let is_secret = names::read(name, |words| {
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
        .filter(|&&byte| names::is_letter(byte))
        .map(u8::to_ascii_lowercase)
        .collect()
}
