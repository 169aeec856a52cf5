//! Which file a file is, whatever becomes of its name.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// Number of a file in its file system, and the time at which it was made, where the file system keeps that: `1234` or
/// `1234 made 1790000000000000000`, in nanoseconds. Another file of the same name has another number, and a later file of the
/// same number another time.
///
/// It has no number of a device, as earlier releases wrote in front of a colon: a device may get another one when the machine
/// starts again.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(transparent)]
pub(super) struct FileIdentity(String);

/// Word in front of the time.
const MADE: &str = " made ";

impl FileIdentity {
    /// Returns the identity of a file; `None` where the system has none.
    pub(super) fn of(file: &Metadata) -> Option<Self> {
        let number = number_of(file)?;
        let made = file.created().ok();
        let made = made.and_then(|at| Some(at.duration_since(UNIX_EPOCH).ok()?.as_nanos()));
        Some(Self(match made {
            Some(made) => format!("{number}{MADE}{made}"),
            None => number.to_string(),
        }))
    }

    /// Returns whether another identity is of the same file, by all that both have.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let ((number, made), (other_number, other_made)) = (self.parts(), other.parts());
        let is_made_with = made.is_none() || other_made.is_none() || made == other_made;
        number == other_number && is_made_with
    }

    fn parts(&self) -> (&str, Option<&str>) {
        let text = self.0.split_once(':').map_or(&*self.0, |(_, rest)| rest);
        match text.split_once(MADE) {
            Some((number, made)) => (number, Some(made)),
            None => (text, None),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn number_of(file: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(file.ino())
}

#[cfg(not(unix))]
fn number_of(_: &Metadata) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(text: &str) -> FileIdentity {
        FileIdentity(text.to_owned())
    }

    #[test]
    fn a_file_is_the_same_by_its_number_and_time_whatever_its_device() {
        for (one, other, is_same) in [
            ("7 made 1", "7 made 1", true),
            ("7 made 1", "7 made 2", false),
            ("7 made 1", "8 made 1", false),
            // A file system that keeps no time, or has begun to.
            ("7", "7 made 1", true),
            ("7", "7", true),
            ("7", "8", false),
            // As an earlier release wrote it, on a device with any number.
            ("2049:7", "7 made 1", true),
            ("2049:7", "8 made 1", false),
        ] {
            assert_eq!(
                identity(one).is_same(&identity(other)),
                is_same,
                "{one}, {other}"
            );
            assert_eq!(
                identity(other).is_same(&identity(one)),
                is_same,
                "{other}, {one}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_identity_under_another_name_and_another_has_another() {
        let folder = tempfile::tempdir().expect("a directory");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let of = |path| FileIdentity::of(&std::fs::metadata(path).expect("a file")).expect("one");
        std::fs::write(&one, "rows").expect("written");
        let before = of(&one);
        std::fs::rename(&one, &other).expect("renamed");
        assert!(before.is_same(&of(&other)));
        std::fs::write(&one, "rows").expect("written");
        assert!(!before.is_same(&of(&one)));
    }
}
