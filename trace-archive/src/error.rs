//! Errors of an archive.

use std::fmt;
use std::io;
use std::path::PathBuf;

use behavior_trace_store::QueryError;

/// An archive that could not be read or written. What manifests name stays as it is, and the next run goes on after it.
pub struct ArchiveError(Box<Kind>);

pub(crate) enum Kind {
    /// A text that names no place.
    Target {
        target: String,
        why: String,
    },
    Folder(PathBuf, io::Error),
    Store(object_store::Error),
    /// An object is there with other content.
    Other {
        path: String,
        what: &'static str,
    },
    /// A manifest or a plan that cannot be read.
    Unreadable {
        path: String,
        why: String,
    },
    /// A manifest of a later release.
    Later {
        path: String,
        schema: u32,
    },
    Query(QueryError),
    /// The database did not answer for the time that a single run waits.
    Unanswered(String),
    /// The ids of the table began anew.
    StartedOver,
    /// Files before hide more.
    HidesLess(Vec<String>),
    Parquet(parquet::errors::ParquetError),
    Json(serde_json::Error),
    /// An erasure of an actor without an id.
    Nobody,
    /// A place to which nothing was published.
    NoArchive(String),
}

impl Kind {
    pub(crate) fn target(target: &str, why: &str) -> Self {
        Self::Target {
            target: target.to_owned(),
            why: why.to_owned(),
        }
    }

    pub(crate) fn store(error: object_store::Error) -> Self {
        Self::Store(error)
    }
}

impl ArchiveError {
    /// Returns whether trying again is right: the place or the database is unavailable. An object with other content is no such
    /// failure: another run publishes to the place, or a file is in the way, and a person has to look.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::Store(error) => matches!(
                error,
                object_store::Error::Generic { .. } | object_store::Error::JoinError { .. }
            ),
            Kind::Query(error) => error.is_transient(),
            Kind::Unanswered(_) => true,
            _ => false,
        }
    }

    /// Returns whether what was asked for cannot be meant: the text of a target, or a mask.
    pub fn is_usage(&self) -> bool {
        matches!(
            *self.0,
            Kind::Target { .. } | Kind::HidesLess(_) | Kind::Nobody | Kind::NoArchive(_)
        )
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Target { target, why } => write!(f, "{target} names no archive: {why}"),
            Kind::Folder(folder, error) => {
                write!(f, "the folder {} cannot be created: {error}", folder.display())
            }
            Kind::Store(error) => write!(f, "the archive does not answer: {error}"),
            Kind::Other { path, what } => write!(f, "{path} is in the archive with other content: {what}"),
            Kind::Unreadable { path, why } => write!(
                f,
                "{path} of the archive cannot be read: {why}; restore it, or publish to a new place"
            ),
            Kind::Later { path, schema } => write!(
                f,
                "{path} of the archive has the form {schema} of a later release; use that release, or publish to a new place"
            ),
            Kind::Query(error) => error.fmt(f),
            Kind::Unanswered(error) => write!(f, "the database does not answer: {error}"),
            Kind::StartedOver => f.write_str(
                "the ids of the table began anew, since it was truncated, restored or replaced, and the archive has rows under \
                 them; publish to a new place",
            ),
            Kind::HidesLess(names) => write!(
                f,
                "the files before hide {} too; hide it again, or publish to a new place",
                names.join(", ")
            ),
            Kind::Parquet(error) => write!(f, "a file cannot be made: {error}"),
            Kind::Json(error) => write!(f, "a manifest cannot be made: {error}"),
            Kind::NoArchive(place) => write!(
                f,
                "nothing was published to {place}; name the place that `relay publish` was given"
            ),
            Kind::Nobody => f.write_str("the actor has no id; pass one, such as `user:7`"),
        }
    }
}

behavior_trace_core::debug_is_display!(ArchiveError);

impl std::error::Error for ArchiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Folder(_, error) => Some(error),
            Kind::Store(error) => Some(error),
            Kind::Query(error) => Some(error),
            Kind::Parquet(error) => Some(error),
            Kind::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Kind> for ArchiveError {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<QueryError> for ArchiveError {
    fn from(error: QueryError) -> Self {
        Kind::Query(error).into()
    }
}

impl From<parquet::errors::ParquetError> for ArchiveError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Kind::Parquet(error).into()
    }
}

impl From<serde_json::Error> for ArchiveError {
    fn from(error: serde_json::Error) -> Self {
        Kind::Json(error).into()
    }
}
