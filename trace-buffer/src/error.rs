//! Errors.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Reason for a frame that was not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAppended {
    /// The file has no room for it.
    Full,
    /// This process is a forked child, and the file is its parent's.
    Forked,
}

/// Error for a file that cannot be adopted. The file stays as it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum AdoptError {
    /// The file was never finished. It holds no frame.
    Unfinished(PathBuf),
    /// This process has the file already.
    InUse(PathBuf),
    /// A later release wrote the file. That release can adopt it.
    Version(PathBuf),
    /// The file's head is no head of a buffer.
    Damaged(PathBuf),
    /// The file cannot be opened or mapped.
    Io(PathBuf, io::Error),
}

impl AdoptError {
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Unfinished(path)
            | Self::InUse(path)
            | Self::Version(path)
            | Self::Damaged(path)
            | Self::Io(path, _) => path,
        }
    }
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Unfinished(_) => write!(f, "the buffer {path} was never finished and is empty"),
            Self::InUse(_) => write!(
                f,
                "the buffer {path} is in use by this process; end its recorder, and the threads that recorded, to recover it"
            ),
            Self::Version(_) => write!(
                f,
                "the buffer {path} was written by a later release; start that release to recover it"
            ),
            Self::Damaged(_) => write!(f, "{path} is no buffer, or its head is damaged"),
            Self::Io(_, error) => write!(f, "the buffer {path} cannot be opened: {error}"),
        }
    }
}

impl std::error::Error for AdoptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
