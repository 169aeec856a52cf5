//! The names that contain a secret's words but describe the secret and do not hold it.

use super::words::Words;

/// The endings of names that describe a secret and do not hold it: `password_changed_at`, `token_count`, `cookie_policy`.
const ENDINGS: &[&str] = &[
    "accepted",
    "age",
    "algorithm",
    "amount",
    "at",
    "attempts",
    "banner",
    "budget",
    "by",
    "changed",
    "consent",
    "count",
    "created",
    "date",
    "days",
    "description",
    "disabled",
    "domain",
    "enabled",
    "endpoint",
    "exists",
    "expiration",
    "expired",
    "expire",
    "expires",
    "expiry",
    "format",
    "history",
    "index",
    "issuer",
    "kind",
    "label",
    "len",
    "length",
    "lifetime",
    "limit",
    "method",
    "minutes",
    "mode",
    "name",
    "on",
    "path",
    "policy",
    "preferences",
    "price",
    "provider",
    "required",
    "revoked",
    "rotated",
    "scheme",
    "scope",
    "scopes",
    "score",
    "seconds",
    "set",
    "size",
    "status",
    "strategy",
    "strength",
    "symbol",
    "timeout",
    "ttl",
    "type",
    "types",
    "updated",
    "usage",
    "used",
    "valid",
    "verified",
    "version",
];

/// The beginnings of names for a yes-or-no question, such as `has_password`.
const QUESTIONS: &[&str] = &[
    "allow", "allows", "disable", "enable", "has", "is", "need", "needs", "require", "requires",
];

/// The words that count `tokens` in the sense of pieces of text, such as `max_tokens`.
const COUNTS: &[&str] = &[
    "cached",
    "completion",
    "input",
    "max",
    "maximum",
    "min",
    "minimum",
    "num",
    "output",
    "prompt",
    "reasoning",
    "total",
    "used",
];

/// The names of things that end like a secret.
const THINGS: &[&str] = &[
    "authorizationuri",
    "authorizationurl",
    "boardingpass",
    "businesscard",
    "daypass",
    "designtoken",
    "flashcard",
    "giftcard",
    "gpiopin",
    "graphicscard",
    "idcard",
    "mappin",
    "membershipcard",
    "multifactorauth",
    "networkcard",
    "pagetoken",
    "playingcard",
    "pushpin",
    "reportcard",
    "scorecard",
    "seasonpass",
    "simcard",
    "skipass",
    "tokenuri",
    "tokenurl",
    "twofactorauth",
];

/// Returns whether a name with a secret's words describes the secret or means something else.
#[cold]
pub(super) fn is_plain(words: Words<'_>) -> bool {
    let is_in = |word: Option<&[u8]>, list: &[&str]| {
        word.is_some_and(|word| list.iter().any(|entry| entry.as_bytes() == word))
    };
    let last = words.iter().last();
    let is_told_by_a_word = is_in(last, ENDINGS) || is_in(words.iter().next(), QUESTIONS);
    if is_told_by_a_word && words.iter().nth(1).is_some() {
        return true;
    }
    if last == Some(b"tokens") && words.iter().any(|word| is_in(Some(word), COUNTS)) {
        return true;
    }
    let name = words.letters;
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let name = &name[..name.len() - digits.count()];
    THINGS.iter().any(|thing| {
        let thing = thing.as_bytes();
        name.ends_with(thing)
            || name
                .strip_suffix(b"s")
                .is_some_and(|name| name.ends_with(thing))
    })
}
