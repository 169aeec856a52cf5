//! The one-domain rule: which actions are operational activity, and where the others belong.
//!
//! The vocabulary is `TABLE`, and nothing else is. It follows the design's division of domains: reads to the Audit
//! Trail, logins and sessions to Security Signals, rights and secrets to the Authoritative Audit, timings and exceptions
//! to Diagnostics Telemetry, the life of jobs and messages to Delivery Operations. A word that is a mutation in some
//! trade (`open`, `assign`, `deny`, `send`) stands there only together with the nouns that settle its meaning.
//!
//! The macro crate compiles this same file, so that a literal action is judged at its place in the source, a constant
//! one while it is evaluated, and one known only at run time by the policy, all by the same words. It therefore depends
//! on nothing and runs in a `const`.

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

/// Words that belong to a domain: with any noun, or with these nouns only.
struct Words {
    domain: Domain,
    /// Empty means any.
    nouns: &'static [&'static str],
    /// Empty means any.
    verbs: &'static [&'static str],
}

/// The vocabulary. The verb is the action's last segment, the noun the one before it.
#[rustfmt::skip]
const TABLE: &[Words] = &[
    Words {
        domain: Domain::AuditTrail,
        nouns: &[],
        verbs: &[
            "read", "view", "viewed", "get", "list", "listed", "search", "searched", "find", "fetch", "query",
            "lookup", "look_up", "browse", "show", "preview", "inspect", "export", "exported", "download",
            "downloaded", "navigate", "access", "accessed",
        ],
    },
    Words {
        domain: Domain::AuditTrail,
        nouns: &["page", "screen", "menu", "link"],
        verbs: &["open", "visit", "click", "enter", "leave"],
    },
    Words {
        domain: Domain::SecuritySignals,
        nouns: &[],
        verbs: &[
            "login", "log_in", "logged_in", "login_failed", "logout", "log_out", "logged_out", "signin", "sign_in",
            "signout", "sign_out", "authenticate", "authenticated", "throttle", "throttled", "rate_limit",
            "rate_limited", "lockout", "lock_out",
        ],
    },
    Words {
        domain: Domain::SecuritySignals,
        nouns: &["access", "login", "authentication", "authorization"],
        verbs: &["deny", "denied", "fail", "failed", "block", "blocked", "succeed", "attempt"],
    },
    Words {
        domain: Domain::SecuritySignals,
        nouns: &["session"],
        verbs: &[
            "create", "start", "end", "expire", "refresh", "renew", "revoke", "invalidate", "terminate", "destroy",
        ],
    },
    Words {
        domain: Domain::SecuritySignals,
        nouns: &["mfa", "otp", "totp", "two_factor", "second_factor", "passkey"],
        verbs: &["enroll", "enable", "disable", "challenge", "verify", "fail", "reset", "register", "remove"],
    },
    Words {
        domain: Domain::AuthoritativeAudit,
        nouns: &["role", "permission", "privilege", "scope"],
        verbs: &["grant", "revoke", "assign", "unassign", "add", "remove", "create", "update", "delete"],
    },
    Words {
        domain: Domain::AuthoritativeAudit,
        nouns: &[
            "secret", "credential", "password", "api_key", "access_key", "signing_key", "encryption_key",
            "private_key", "key",
        ],
        verbs: &["create", "issue", "rotate", "revoke", "reset", "change", "update", "delete", "disable", "expire"],
    },
    Words {
        domain: Domain::AuthoritativeAudit,
        nouns: &["ownership"],
        verbs: &["transfer", "grant", "revoke", "assign", "change", "update"],
    },
    Words {
        domain: Domain::AuthoritativeAudit,
        nouns: &["password_policy", "credential_policy", "access_policy", "mfa_policy"],
        verbs: &[],
    },
    Words {
        domain: Domain::AuthoritativeAudit,
        nouns: &[],
        verbs: &[
            "grant_role", "revoke_role", "assign_role", "grant_permission", "revoke_permission",
            "transfer_ownership", "rotate_secret", "rotate_key", "reset_password", "change_password",
        ],
    },
    Words {
        domain: Domain::DiagnosticsTelemetry,
        nouns: &["cache"],
        verbs: &["hit", "miss", "evict", "warm"],
    },
    Words {
        domain: Domain::DiagnosticsTelemetry,
        nouns: &["query", "request", "response"],
        verbs: &["slow", "measure", "time", "timeout", "trace"],
    },
    Words {
        domain: Domain::DiagnosticsTelemetry,
        nouns: &["exception", "error", "panic"],
        verbs: &["throw", "raise", "catch", "log", "report", "occur"],
    },
    Words {
        domain: Domain::DiagnosticsTelemetry,
        nouns: &[],
        verbs: &["heartbeat", "ping", "health_check", "benchmark", "timed_out"],
    },
    Words {
        domain: Domain::DeliveryOperations,
        nouns: &[],
        verbs: &["enqueue", "dequeue", "requeue"],
    },
    Words {
        domain: Domain::DeliveryOperations,
        nouns: &["job", "queue", "worker"],
        verbs: &[
            "start", "run", "execute", "dispatch", "retry", "fail", "finish", "complete", "schedule", "drain",
            "purge",
        ],
    },
    Words {
        domain: Domain::DeliveryOperations,
        nouns: &["mail", "email", "sms", "notification", "webhook", "push"],
        verbs: &[
            "send", "sent", "queue", "deliver", "delivered", "retry", "fail", "bounce", "dispatch", "resend", "call",
        ],
    },
];

/// The longest action and the longest resource, in characters.
pub(crate) const COLUMN: usize = 255;

/// Judges an action: `noun.verb` in lower case, with any number of segments before.
///
/// ```
/// use behavior_trace_core::domain::{Domain, Verdict, judge};
///
/// assert_eq!(judge("user.update"), Verdict::Ours);
/// assert_eq!(judge("job.create"), Verdict::Ours);
/// assert_eq!(judge("report.export"), Verdict::Elsewhere(Domain::AuditTrail));
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

const fn is_segment(word: &[u8], bytes: &[u8], start: usize, end: usize) -> bool {
    if word.len() != end - start {
        return false;
    }
    let mut at = 0;
    while at < word.len() {
        if word[at] != bytes[start + at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_is_ours_whatever_its_noun_reminds_of() {
        for action in [
            "user.create",
            "user.update",
            "order.approve",
            "ticket.assign",
            "job.create",
            "view.update",
            "mail.update",
            "report.delete",
            "search.update",
            "billing.invoice.void",
            "leave-request.deny",
            "notification.create",
        ] {
            assert_eq!(judge(action), Verdict::Ours, "{action}");
        }
    }

    #[test]
    fn the_verb_and_some_pairs_belong_to_another_domain() {
        for (action, domain) in [
            ("report.export", Domain::AuditTrail),
            ("billing.invoice.view", Domain::AuditTrail),
            ("user.login", Domain::SecuritySignals),
            ("access.deny", Domain::SecuritySignals),
            ("role.grant", Domain::AuthoritativeAudit),
            ("secret.rotate", Domain::AuthoritativeAudit),
            ("password_policy.update", Domain::AuthoritativeAudit),
            ("cache.hit", Domain::DiagnosticsTelemetry),
            ("mail.send", Domain::DeliveryOperations),
            ("job.retry", Domain::DeliveryOperations),
        ] {
            assert_eq!(judge(action), Verdict::Elsewhere(domain), "{action}");
        }
    }

    #[test]
    fn what_is_no_action_says_why() {
        for (action, fault) in [
            ("", Fault::Empty),
            ("update", Fault::NoVerb),
            (".update", Fault::EmptySegment),
            ("user.", Fault::EmptySegment),
            ("User.update", Fault::ForbiddenCharacter),
            ("user.update ", Fault::OuterSpace),
            ("user.\nupdate", Fault::ControlCharacter),
        ] {
            assert_eq!(judge(action), Verdict::Malformed(fault), "{action:?}");
        }
        let exact = format!("user.{}", "u".repeat(COLUMN - 5));
        assert_eq!(judge(&exact), Verdict::Ours);
        assert_eq!(
            judge(&format!("{exact}u")),
            Verdict::Malformed(Fault::TooLong)
        );
    }

    #[test]
    fn a_resource_is_measured_in_characters() {
        assert_eq!(resource_fault(&"é".repeat(COLUMN)), None);
        assert_eq!(
            resource_fault(&"é".repeat(COLUMN + 1)),
            Some(Fault::TooLong)
        );
    }

    #[test]
    fn every_word_of_the_table_could_be_part_of_an_action() {
        for words in TABLE {
            for word in words.nouns.iter().chain(words.verbs) {
                assert_eq!(action_fault(&format!("a.{word}")), None, "{word}");
            }
        }
    }
}
