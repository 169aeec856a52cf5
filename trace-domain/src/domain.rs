//! The domains that events are divided into.

/// A domain of events. Each event belongs to exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Domain {
    /// The domain that is recorded: create, update, delete, approve, reject, assign, configure, edit.
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
    /// Returns the name for readers.
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

    /// Returns the name in the form for the middle of a sentence.
    pub const fn in_prose(self) -> &'static str {
        match self {
            Self::AuditTrail => "the Audit Trail",
            Self::AuthoritativeAudit => "the Authoritative Audit",
            other => other.name(),
        }
    }

    /// Returns the reason why an action of this domain is refused, for messages that cannot show the source.
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

    /// Returns the subject of the domain in a few words.
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
