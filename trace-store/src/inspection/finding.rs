//! The results of an inspection.

use std::fmt;

use serde::{Serialize, Serializer};

/// What an inspection looks at. Its name is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// `url`: parameters of the URL that have no effect.
    Url,
    /// `connection`: the server that answers, its version, and whether it takes writes; or the file.
    Connection,
    /// `tls`: encryption, and verification of the server's certificate.
    Tls,
    /// `session`: the settings that the recorder's sessions need, and the size of a packet.
    Session,
    /// `durability`: rows that were reported as stored survive a crash of the server's machine.
    Durability,
    /// `schema`: the migrations, and the table as the recorder needs it.
    Schema,
    /// `rights`: the rights of the account against those of its role; or the modes of the file.
    Rights,
    /// `probe-row`: a row that is stored and rolled back, for the role of a writer.
    ProbeRow,
    /// `clock`: this machine's clock against the server's.
    Clock,
    /// `indexes`: missing and redundant indexes.
    Indexes,
    /// `partitions`: the partitions of the coming day.
    Partitions,
    /// `anonymous`: the share of rows without an actor.
    Anonymous,
    /// `spool-directory`: owner and mode.
    SpoolDirectory,
    /// `spool-volume`: kind and free space of its file system.
    SpoolVolume,
    /// `spool-slots`: rows that no process sends.
    SpoolSlots,
    /// `spool-damage`: damaged files.
    SpoolDamage,
    /// `dead-letters`: rows that no database took.
    DeadLetters,
}

impl Check {
    /// Returns the name, in lower case with hyphens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Session => "session",
            Self::Durability => "durability",
            Self::Schema => "schema",
            Self::Rights => "rights",
            Self::ProbeRow => "probe-row",
            Self::Clock => "clock",
            Self::Indexes => "indexes",
            Self::Partitions => "partitions",
            Self::Anonymous => "anonymous",
            Self::SpoolDirectory => "spool-directory",
            Self::SpoolVolume => "spool-volume",
            Self::SpoolSlots => "spool-slots",
            Self::SpoolDamage => "spool-damage",
            Self::DeadLetters => "dead-letters",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Weight of a finding; a heavier one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingLevel {
    /// Nothing is to be done.
    Ok,
    /// Activity is stored, and something is to be done; or the check could not be made.
    Warn,
    /// Activity is not stored, or is in danger.
    Fail,
}

impl fmt::Display for FindingLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

/// One result of a check. It never contains a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Its weight.
    pub level: FindingLevel,
    /// Text of the finding.
    pub found: String,
    /// Remedy; always there unless the level is [`FindingLevel::Ok`].
    pub remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: Check, found: impl Into<String>) -> Self {
        Self {
            check,
            level: FindingLevel::Ok,
            found: found.into(),
            remedy: None,
        }
    }

    pub(super) fn warn(check: Check, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            level: FindingLevel::Warn,
            found: found.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(super) fn fail(check: Check, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: FindingLevel::Fail,
            ..Self::warn(check, found, remedy)
        }
    }

    /// Creates a failure from an error, whose text ends in its remedy. `remedy` is for an error without one.
    pub(super) fn of_error(check: Check, error: &impl ToString, remedy: &str) -> Self {
        let (found, own) = split(&error.to_string());
        Self::fail(check, found, own.unwrap_or_else(|| remedy.to_owned()))
    }

    /// Creates the warning that a check could not be made.
    pub(super) fn unchecked(check: Check, error: &impl ToString) -> Self {
        let (found, remedy) = split(&error.to_string());
        let remedy = remedy.unwrap_or_else(|| "remove that cause, and inspect again".to_owned());
        Self::warn(check, format!("not checked: {found}"), remedy)
    }
}

/// Splits the text of an error into what failed and the remedy, which follows a semicolon.
fn split(text: &str) -> (String, Option<String>) {
    match text.split_once("; ") {
        Some((found, remedy)) => (found.to_owned(), Some(remedy.to_owned())),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_serializes_with_stable_names() {
        let finding = Finding::warn(Check::ProbeRow, "a", "b");
        let text = serde_json::to_string(&finding).expect("an object");
        assert_eq!(
            text,
            r#"{"check":"probe-row","level":"warn","found":"a","remedy":"b"}"#
        );
        assert!(FindingLevel::Fail > FindingLevel::Warn && FindingLevel::Warn > FindingLevel::Ok);
    }

    #[test]
    fn an_error_is_what_failed_and_then_the_remedy() {
        let finding = Finding::unchecked(Check::Schema, &"no table; run the migrations; then go");
        assert_eq!(finding.found, "not checked: no table");
        assert_eq!(
            finding.remedy.as_deref(),
            Some("run the migrations; then go")
        );
        let finding = Finding::of_error(Check::Schema, &"no table", "make one");
        assert_eq!(finding.remedy.as_deref(), Some("make one"));
    }
}
