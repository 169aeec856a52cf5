//! Which keys are secret.

use super::secrets;

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
        if !self.usual && self.added.is_empty() {
            return false;
        }
        (0..key.len())
            .find(|&at| is_start(key, at) && self.names_a_secret(key, at))
            .is_some_and(|_| !self.kept.iter().any(|kept| *fold_bytes(key) == **kept))
    }

    fn names_a_secret(&self, key: &[u8], at: usize) -> bool {
        self.usual && is_usual(key, at)
            || self
                .added
                .iter()
                .any(|term| word_ends(key, at, term).is_some())
    }
}

/// Whether a usual secret's name begins at `at`.
fn is_usual(key: &[u8], at: usize) -> bool {
    let first = key[at].to_ascii_lowercase();
    if key
        .get(at + 1)
        .is_some_and(|&next| is_letter(next) && SECONDS[usize::from(first)] & letter_bit(next) == 0)
    {
        return false;
    }
    let ends = |term: &str| word_ends(key, at, term.as_bytes());
    let is_last = |end: usize| !key[end..].iter().copied().any(is_named);
    secrets::anywhere(first)
        .iter()
        .any(|term| ends(term).is_some())
        || secrets::at_the_end(first)
            .iter()
            .any(|term| ends(term).is_some_and(is_last))
}

/// For each first letter, which second ones the terms have: most names differ from all of them there.
const SECONDS: [u64; 256] = {
    let mut seconds = [0; 256];
    let mut first = 0;
    while first < 128 {
        seconds[first as usize] =
            second_letters(secrets::anywhere(first)) | second_letters(secrets::at_the_end(first));
        first += 1;
    }
    seconds
};

const fn second_letters(terms: &[&str]) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < terms.len() {
        bits |= letter_bit(terms[at].as_bytes()[1]);
        at += 1;
    }
    bits
}

/// One bit for each letter, whatever its case. Others share them: the terms are compared in full afterwards.
const fn letter_bit(byte: u8) -> u64 {
    1 << (byte.to_ascii_lowercase() & 63)
}

/// Where the words that spell `term` from `at` on end, if they do; a plural `s` is read over.
fn word_ends(key: &[u8], at: usize, term: &[u8]) -> Option<usize> {
    let mut end = at;
    for &letter in term {
        while key.get(end).is_some_and(|&byte| !is_letter(byte)) {
            end += 1;
        }
        if key.get(end)?.to_ascii_lowercase() != letter {
            return None;
        }
        end += 1;
    }
    let plural = key.get(end).is_some_and(|&byte| byte | 0x20 == b's');
    [end, end + usize::from(plural)]
        .into_iter()
        .find(|&end| key.get(end).is_none_or(|&byte| !is_letter(byte)) || is_start(key, end))
}

/// Whether a word begins at `at`: after a separator, or as in `userToken`, `APIKey`, `token2`.
fn is_start(key: &[u8], at: usize) -> bool {
    let here = key[at];
    let Some(&before) = at.checked_sub(1).and_then(|at| key.get(at)) else {
        return is_letter(here);
    };
    // The most frequent answer first.
    if here.is_ascii_lowercase() && before.is_ascii_lowercase() || !is_letter(here) {
        return false;
    }
    if !is_letter(before) {
        return true;
    }
    if here.is_ascii_uppercase() {
        let next_is_lower = key.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        return !before.is_ascii_uppercase() || next_is_lower;
    }
    before.is_ascii_digit() != here.is_ascii_digit()
}

/// A letter or digit; every byte beyond ASCII is part of one.
const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// What may not follow a term that must end the key; a number may: `card_2`.
const fn is_named(byte: u8) -> bool {
    is_letter(byte) && !byte.is_ascii_digit()
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
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_however_its_words_are_joined() {
        let masks = Masks::default();
        for key in [
            "password",
            "Password",
            "PASSWORD",
            "newPassword",
            "new_password_hash",
            "password1",
            "passwords",
            "passwordHash",
            "api_key",
            "apiKey",
            "API-KEY",
            "APIKey",
            "apikeys",
            "x-api-key",
            "accessToken",
            "accesstoken",
            "refresh_token",
            "idToken",
            "clientSecret",
            "secrets",
            "Authorization",
            "proxy-authorization",
            "Set-Cookie",
            "cookies",
            "sessionId",
            "session_id",
            "JSESSIONID",
            "privateKey",
            "private_key_pem",
            "card",
            "cards",
            "new_card",
            "card_2",
            "cardNumber",
            "credit_card",
            "cvv",
            "cvv2",
            "cvc",
            "pan",
            "otp",
            "otpCode",
            "OTPCode",
            "totp_secret",
            "pin",
            "userPIN",
            "pin_code",
            "pwd",
            "db_pass",
            "passphrase",
            "ssn",
            "credentials",
            "bearer",
            "jwt",
            "JWTs",
            "csrf",
            "connect.sid",
            "databaseUrl",
            "recovery_codes",
            "secret answer",
            "2fa_code",
        ] {
            assert!(masks.covers(key), "{key}");
        }
    }

    #[test]
    fn a_name_that_merely_contains_a_secret_stays() {
        let masks = Masks::default();
        for key in [
            "",
            "monkey",
            "keyboard",
            "tokenizer",
            "tokenize",
            "secretary",
            "passport",
            "passenger",
            "compass",
            "bypass",
            "discard",
            "cardinal",
            "card_title",
            "card_id",
            "cardBrand",
            "dashboard",
            "pinned",
            "spin",
            "pinterest",
            "panel",
            "expand",
            "company",
            "optional",
            "cookiecutter",
            "key",
            "keys",
            "public_key",
            "primaryKey",
            "session",
            "auth",
            "author",
            "authorized_by",
            "email",
            "iban",
            "signature",
            "username",
            "id",
            "_",
            "--",
            "größe",
            "шпион",
            "боtoken",
        ] {
            assert!(!masks.covers(key), "{key}");
        }
    }

    #[test]
    fn names_are_added_and_let_through() {
        let masks = Masks::default()
            .add("base.salary")
            .add("email")
            .keep("pinHash")
            .keep("max-tokens")
            .add("-");
        assert!(
            masks.covers("base_salary")
                && masks.covers("BaseSalary")
                && masks.covers("contact_email")
        );
        assert!(!masks.covers("salary") && !masks.covers("emailed"));
        assert!(!masks.covers("pin_hash") && !masks.covers("maxTokens"));
        assert!(masks.covers("max_tokens_secret"));
    }

    #[test]
    fn an_empty_list_covers_only_what_is_added() {
        let masks = Masks::none().add("salary");
        assert!(masks.covers("salary") && !masks.covers("password"));
    }
}
