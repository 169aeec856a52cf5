//! Keys and tokens with a known prefix.

use std::ops::Range;

use super::{is_base64url, is_cut, is_start, run};

/// The shape of a key: its prefix, the position of the sign in it, and the minimum number and the kind of characters after
/// it.
struct Shape {
    beginning: &'static [u8],
    sign: usize,
    least: usize,
    holds: fn(u8) -> bool,
}

/// Creates a shape. The sign is the last `-` or `_` of the prefix, or else its last capital that counts as a sign.
const fn shape(beginning: &'static str, least: usize, holds: fn(u8) -> bool) -> Shape {
    let beginning = beginning.as_bytes();
    let (mut sign, mut capital, mut at) = (0, 0, 0);
    while at < beginning.len() {
        match beginning[at] {
            b'-' | b'_' => sign = at,
            b'G'..=b'J' => capital = at,
            _ => {}
        }
        at += 1;
    }
    Shape {
        beginning,
        sign: if sign > 0 { sign } else { capital },
        least,
        holds,
    }
}

/// The shapes that their makers document and gitleaks lists. Keys that may be published (`pk_live_`) are left out.
const SHAPES: &[Shape] = &[
    // GitHub, GitLab
    shape("ghp_", 16, is_word),
    shape("gho_", 16, is_word),
    shape("ghs_", 16, is_word),
    shape("ghu_", 16, is_word),
    shape("ghr_", 16, is_word),
    shape("github_pat_", 16, is_word),
    shape("glpat-", 16, is_base64url),
    shape("glptt-", 16, is_base64url),
    shape("gldt-", 16, is_base64url),
    shape("glrt-", 16, is_base64url),
    // Stripe
    shape("sk_live_", 8, is_word),
    shape("rk_live_", 8, is_word),
    shape("sk_test_", 8, is_word),
    shape("rk_test_", 8, is_word),
    shape("whsec_", 8, is_secret),
    // Slack
    shape("xoxa-", 8, is_base64url),
    shape("xoxb-", 8, is_base64url),
    shape("xoxc-", 8, is_base64url),
    shape("xoxd-", 8, is_base64url),
    shape("xoxe-", 8, is_base64url),
    shape("xoxo-", 8, is_base64url),
    shape("xoxp-", 8, is_base64url),
    shape("xoxr-", 8, is_base64url),
    shape("xoxs-", 8, is_base64url),
    shape("xapp-", 8, is_base64url),
    // Google, Amazon, Alibaba
    shape("AIza", 30, is_base64url),
    shape("GOCSPX-", 16, is_base64url),
    shape("AKIA", 16, is_capital),
    shape("ASIA", 16, is_capital),
    shape("ABIA", 16, is_capital),
    shape("LTAI", 16, is_alphanumeric),
    // Registries of packages and images
    shape("npm_", 20, is_alphanumeric),
    shape("pypi-", 32, is_base64url),
    shape("dckr_pat_", 16, is_base64url),
    // Others
    shape("SG.", 32, is_dotted),
    shape("sk-ant-", 16, is_base64url),
    shape("sk-proj-", 16, is_base64url),
    shape("sk-", 32, is_base64url),
    shape("hf_", 30, is_alphanumeric),
    shape("dop_v1_", 32, is_alphanumeric),
    shape("shpat_", 24, is_alphanumeric),
    shape("shpca_", 24, is_alphanumeric),
    shape("shppa_", 24, is_alphanumeric),
    shape("shpss_", 24, is_alphanumeric),
    shape("glsa_", 24, is_word),
    shape("lin_api_", 24, is_alphanumeric),
    shape("AGE-SECRET-KEY-1", 32, is_capital),
];

/// Returns the key whose prefix has its sign at `at`.
pub(super) fn secret(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !may_be_sign(text, at) {
        return None;
    }
    SHAPES.iter().find_map(|shape| {
        let start = at.checked_sub(shape.sign)?;
        let rest = text[start..].strip_prefix(shape.beginning)?;
        let behind = text.len() - rest.len();
        let end = run(text, behind, shape.holds);
        let is_whole = end - behind >= shape.least || is_cut(text, end);
        (is_whole && is_start(text, start)).then_some(start..end)
    })
}

/// Returns whether the two characters before a sign fit a shape. Those of a date, a UUID or a word in `snake_case` hardly
/// do.
fn may_be_sign(text: &[u8], at: usize) -> bool {
    let [Some(second), first] = [at.checked_sub(1), at.checked_sub(2)] else {
        return false;
    };
    let first = first.map_or(0, |at| text[at] & 31);
    BEFORE_SIGNS[usize::from(text[second] & 31)] >> first & 1 == 1
}

/// A bit for each pair of characters before a sign.
static BEFORE_SIGNS: [u32; 32] = {
    let mut bits = [0; 32];
    let mut at = 0;
    while at < SHAPES.len() {
        let Shape {
            beginning, sign, ..
        } = SHAPES[at];
        let second = &mut bits[(beginning[sign - 1] & 31) as usize];
        *second |= if sign > 1 {
            1 << (beginning[sign - 2] & 31)
        } else {
            u32::MAX
        };
        at += 1;
    }
    bits
};

const fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

const fn is_capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const fn is_secret(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'+' | b'/' | b'=')
}

const fn is_dotted(byte: u8) -> bool {
    is_base64url(byte) || byte == b'.'
}
