//! The vocabulary: the words of each domain.

use crate::domain::Domain;

/// Words of one domain, with any noun or with certain nouns only.
pub(crate) struct Words {
    pub(crate) domain: Domain,
    /// The nouns; none means any noun.
    pub(crate) nouns: &'static [&'static str],
    /// The verbs; none means any verb.
    pub(crate) verbs: &'static [&'static str],
}

/// The vocabulary. The verb is the action's last segment, the noun the one before it. `_` and `-` within a segment have no
/// effect: `log_in` covers `log-in` and `login` too.
#[rustfmt::skip]
pub(crate) const TABLE: &[Words] = &[
    Words {
        domain: Domain::AuditTrail,
        nouns: &[],
        verbs: &[
            "read", "view", "viewed", "get", "list", "listed", "search", "searched", "find", "fetch", "query",
            "look_up", "browse", "show", "preview", "inspect", "export", "exported", "download",
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
            "log_in", "logged_in", "login_failed", "log_out", "logged_out", "sign_in", "sign_out", "authenticate",
            "authenticated", "throttle", "throttled", "rate_limit", "rate_limited", "lock_out",
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

/// Verbs that change a record, in the form in which a function's name begins with them.
#[rustfmt::skip]
pub(crate) const MUTATIONS: &[&str] = &[
    "accept", "activate", "add", "adjust", "allocate", "amend", "append", "approve", "archive", "assign", "attach", "ban",
    "book", "cancel", "change", "charge", "clear", "close", "complete", "configure", "confirm", "create", "credit",
    "deactivate", "debit", "decline", "decrement", "delete", "deny", "deposit", "detach", "disable", "discard", "dismiss",
    "edit", "enable", "enroll", "erase", "finalize", "freeze", "hire", "import", "increment", "insert", "invite", "issue",
    "leave", "link", "lock", "mark", "merge", "modify", "move", "open", "overwrite", "patch", "pause", "pay",
    "persist", "place", "post", "promote", "publish", "purchase", "purge", "put", "reactivate", "receive", "refund",
    "register", "reject", "release", "remove", "rename", "renew", "reopen", "reorder", "replace", "reschedule", "reserve",
    "reset", "restore", "resume", "retire", "revert", "revoke", "save", "schedule", "set", "settle", "ship", "sign",
    "submit", "subscribe", "suspend", "tag", "toggle", "transfer", "unarchive", "unassign", "unban",
    "undo", "unlink", "unlock", "unpublish", "unsubscribe", "untag", "update", "upgrade", "upsert", "void", "withdraw",
];
