//! The domain of an action, by its last two segments.

use crate::domain::Domain;
use crate::name::{NameError, check_action};
use crate::vocabulary::{MUTATIONS, TABLE};

/// The domain of an action, or the reason why a text is no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Classification {
    /// The action is operational activity.
    Operational,
    /// The action belongs to this domain instead.
    Other(Domain),
    /// The text is no action.
    Malformed(NameError),
}

/// Classifies an action: `noun.verb` in lower case, with any number of segments before it.
///
/// The spelling of a compound word has no effect: `log_in`, `log-in` and `login` are classified alike.
///
/// ```
/// use behavior_trace_domain::{Classification, Domain, classify_action};
///
/// assert_eq!(classify_action("user.update"), Classification::Operational);
/// assert_eq!(classify_action("job.create"), Classification::Operational);
/// assert_eq!(classify_action("purchase_order.mark-paid"), Classification::Operational);
/// assert_eq!(classify_action("report.export"), Classification::Other(Domain::AuditTrail));
/// assert_eq!(classify_action("user.log-in"), Classification::Other(Domain::SecuritySignals));
/// ```
pub const fn classify_action(action: &str) -> Classification {
    if let Err(error) = check_action(action) {
        return Classification::Malformed(error);
    }
    let bytes = action.as_bytes();
    let verb_start = segment_start(bytes, bytes.len());
    let noun_start = segment_start(bytes, verb_start - 1);
    let mut row = 0;
    while row < TABLE.len() {
        let words = &TABLE[row];
        if contains(words.verbs, bytes, verb_start, bytes.len())
            && contains(words.nouns, bytes, noun_start, verb_start - 1)
        {
            return Classification::Other(words.domain);
        }
        row += 1;
    }
    Classification::Operational
}

/// Returns whether a word is a verb that changes a record, such as `approve`. The word is in lower case and in its base form.
///
/// The list is for guesses, as by the name of a function: [`classify_action`] takes any verb that no other domain has.
///
/// ```
/// use behavior_trace_domain::is_mutating_verb;
///
/// assert!(is_mutating_verb("approve"));
/// assert!(!is_mutating_verb("find"));
/// ```
pub fn is_mutating_verb(word: &str) -> bool {
    MUTATIONS.binary_search(&word).is_ok()
}

/// Returns the start of the segment that ends before `end`.
const fn segment_start(bytes: &[u8], end: usize) -> usize {
    let mut start = end;
    while start > 0 && bytes[start - 1] != b'.' {
        start -= 1;
    }
    start
}

/// Returns whether the segment is one of `words`. Empty `words` match any segment.
const fn contains(words: &[&str], bytes: &[u8], start: usize, end: usize) -> bool {
    let mut next = 0;
    while next < words.len() {
        if is_segment(words[next].as_bytes(), bytes, start, end) {
            return true;
        }
        next += 1;
    }
    words.is_empty()
}

/// Returns whether the segment spells the word, with any marks between its parts: `log-in`, `log_in` and `login` are equal.
const fn is_segment(word: &[u8], bytes: &[u8], start: usize, end: usize) -> bool {
    let (mut at, mut next) = (0, start);
    loop {
        while at < word.len() && is_mark(word[at]) {
            at += 1;
        }
        while next < end && is_mark(bytes[next]) {
            next += 1;
        }
        if at == word.len() || next == end {
            return at == word.len() && next == end;
        }
        if word[at] != bytes[next] {
            return false;
        }
        at += 1;
        next += 1;
    }
}

/// Returns whether the byte only joins the parts of a word.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'_' | b'-')
}
