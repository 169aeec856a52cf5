//! The one-domain rule: which actions are operational activity, and where the others belong.
//!
//! The words are in `vocabulary.rs`, and nowhere else. They follow the design's division of domains: reads to the Audit
//! Trail, logins and sessions to Security Signals, rights and secrets to the Authoritative Audit, timings and exceptions
//! to Diagnostics Telemetry, the life of jobs and messages to Delivery Operations. A word that is a mutation in some
//! trade (`open`, `assign`, `deny`, `send`) stands there only together with the nouns that settle its meaning.
//!
//! The macro crate compiles these same files, so that a literal action is judged at its place in the source, a constant
//! one while it is evaluated, and one known only at run time by the policy, all by the same words. It therefore depends
//! on nothing and runs in a `const`.

mod vocabulary;

#[cfg(test)]
mod tests;

use vocabulary::TABLE;

/// What an event may be about. Each belongs to exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Domain {
    /// Ours: create, update, delete, approve, reject, assign, configure, edit.
    OperationalActivity,
    /// Reads, views, searches, exports, downloads, navigation.
    AuditTrail,
    /// Logins, denials, throttling, sessions, second factors.
    SecuritySignals,
    /// Changes of roles, permissions, ownership, secrets, keys and credential policies.
    AuthoritativeAudit,
    /// Durations, slow queries, cache hits, exceptions.
    DiagnosticsTelemetry,
    /// The life of jobs, queues, mail, SMS, notifications and webhooks.
    DeliveryOperations,
}

impl Domain {
    /// The name people use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OperationalActivity => "Operational Activity",
            Self::AuditTrail => "Audit Trail",
            Self::SecuritySignals => "Security Signals",
            Self::AuthoritativeAudit => "Authoritative Audit",
            Self::DiagnosticsTelemetry => "Diagnostics Telemetry",
            Self::DeliveryOperations => "Delivery Operations",
        }
    }

    /// The name inside a sentence.
    pub const fn in_prose(self) -> &'static str {
        match self {
            Self::AuditTrail => "the Audit Trail",
            Self::AuthoritativeAudit => "the Authoritative Audit",
            other => other.name(),
        }
    }

    /// Why an action of this domain is refused, for where no place in the source can be shown.
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::OperationalActivity => "this action is operational activity",
            Self::AuditTrail => {
                "this action belongs to the Audit Trail, not to Operational Activity"
            }
            Self::SecuritySignals => {
                "this action belongs to Security Signals, not to Operational Activity"
            }
            Self::AuthoritativeAudit => {
                "this action belongs to the Authoritative Audit, not to Operational Activity"
            }
            Self::DiagnosticsTelemetry => {
                "this action belongs to Diagnostics Telemetry, not to Operational Activity"
            }
            Self::DeliveryOperations => {
                "this action belongs to Delivery Operations, not to Operational Activity"
            }
        }
    }

    /// What it is about, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::OperationalActivity => "changes of business records",
            Self::AuditTrail => "reads, views, searches, exports, downloads and navigation",
            Self::SecuritySignals => "logins, denials, throttling, sessions and second factors",
            Self::AuthoritativeAudit => {
                "changes of roles, permissions, ownership, secrets, keys and credential policies"
            }
            Self::DiagnosticsTelemetry => "durations, slow queries, cache hits and exceptions",
            Self::DeliveryOperations => {
                "the life of jobs, queues, mail, SMS, notifications and webhooks"
            }
        }
    }
}

/// The judgement on an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It is operational activity.
    Ours,
    /// It belongs to this domain instead.
    Elsewhere(Domain),
    /// It is no action at all.
    Malformed(Fault),
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// There is nothing.
    Empty,
    /// More than 255 characters.
    TooLong,
    /// It begins or ends with a space.
    OuterSpace,
    /// A line break or another control character.
    ControlCharacter,
    /// An action without a dot.
    NoVerb,
    /// An action with a dot at an end, or two in a row.
    EmptySegment,
    /// An action with anything but `a`–`z`, `0`–`9`, `_`, `-` and dots.
    ForbiddenCharacter,
}

impl Fault {
    /// What is wrong, to follow the name of the field.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than its column of 255 characters",
            Self::OuterSpace => "begins or ends with a space",
            Self::ControlCharacter => "contains a control character",
            Self::NoVerb => "has no verb; write `noun.verb`, like `user.update`",
            Self::EmptySegment => "has an empty part; write `noun.verb`, like `user.update`",
            Self::ForbiddenCharacter => {
                "may only contain `a` to `z`, `0` to `9`, `_`, `-` and dots, like `user.update`"
            }
        }
    }
}

/// The longest action and the longest resource, in characters.
pub(crate) const COLUMN: usize = 255;

/// Judges an action: `noun.verb` in lower case, with any number of segments before.
///
/// A word of several parts is the same word however it is spelled: `log_in`, `log-in` and `login` are judged alike.
///
/// ```
/// use behavior_trace_core::domain::{Domain, Verdict, judge};
///
/// assert_eq!(judge("user.update"), Verdict::Ours);
/// assert_eq!(judge("job.create"), Verdict::Ours);
/// assert_eq!(judge("purchase_order.mark-paid"), Verdict::Ours);
/// assert_eq!(judge("report.export"), Verdict::Elsewhere(Domain::AuditTrail));
/// assert_eq!(judge("user.log-in"), Verdict::Elsewhere(Domain::SecuritySignals));
/// ```
pub const fn judge(action: &str) -> Verdict {
    if let Some(fault) = action_fault(action) {
        return Verdict::Malformed(fault);
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
            return Verdict::Elsewhere(words.domain);
        }
        row += 1;
    }
    Verdict::Ours
}

/// What is wrong with an action as a name, whatever it means.
pub const fn action_fault(action: &str) -> Option<Fault> {
    if let Some(fault) = resource_fault(action) {
        return Some(fault);
    }
    let bytes = action.as_bytes();
    let (mut at, mut dots) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => {}
            b'.' if at == 0 || at + 1 == bytes.len() || bytes[at - 1] == b'.' => {
                return Some(Fault::EmptySegment);
            }
            b'.' => dots += 1,
            _ => return Some(Fault::ForbiddenCharacter),
        }
        at += 1;
    }
    if dots == 0 { Some(Fault::NoVerb) } else { None }
}

/// What is wrong with a resource as a name.
pub const fn resource_fault(resource: &str) -> Option<Fault> {
    let bytes = resource.as_bytes();
    if bytes.is_empty() {
        return Some(Fault::Empty);
    }
    if bytes[0] == b' ' || bytes[bytes.len() - 1] == b' ' {
        return Some(Fault::OuterSpace);
    }
    let (mut at, mut characters) = (0, 0);
    while at < bytes.len() {
        if bytes[at] < 0x20 || bytes[at] == 0x7f {
            return Some(Fault::ControlCharacter);
        }
        // Every byte but the continuation bytes of UTF-8 begins a character.
        if bytes[at] & 0xc0 != 0x80 {
            characters += 1;
        }
        at += 1;
    }
    if characters > COLUMN {
        Some(Fault::TooLong)
    } else {
        None
    }
}

/// Where the segment that ends before `end` begins.
const fn segment_start(bytes: &[u8], end: usize) -> usize {
    let mut start = end;
    while start > 0 && bytes[start - 1] != b'.' {
        start -= 1;
    }
    start
}

/// Whether the segment is one of `words`, or anything goes.
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

/// Whether the segment spells the word, with whatever marks between its parts: `log-in`, `log_in` and `login` are one.
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

/// Whether it only stands between the parts of a word.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'_' | b'-')
}
