//! Finding or fetching the binaries of a server.

mod apt;
mod installed;
mod sources;
mod unpacked;

use std::path::{Path, PathBuf};

use crate::{Kind, ServerError};

/// The binaries of a server on this machine.
#[derive(Debug, Clone)]
pub struct Installation {
    pub(crate) kind: Kind,
    pub(crate) version: String,
    pub(crate) server: PathBuf,
    pub(crate) client: PathBuf,
    /// Where the server's own files are, if not where its build expects them.
    pub(crate) basedir: Option<PathBuf>,
}

impl Installation {
    /// Which server this is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its version as the server writes it, such as `9.7.4` or `10.11.19-MariaDB-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The server's binary.
    pub fn server(&self) -> &Path {
        &self.server
    }

    /// The command-line client's binary.
    pub fn client(&self) -> &Path {
        &self.client
    }
}

/// Finds the binaries of `kind`, or fetches them on Debian and Ubuntu (into the cache directory, which takes some seconds
/// once and no root).
///
/// # Errors
///
/// When there are none and none can be fetched: `is_missing`, with all that was tried and what to install.
pub fn provision(kind: Kind) -> Result<Installation, ServerError> {
    let mut tried = Vec::new();
    match installed::find(kind) {
        Ok(installation) => return Ok(installation),
        Err(why) => tried.push(why),
    }
    match apt::fetch(kind) {
        Ok(installation) => return Ok(installation),
        Err(why) => tried.push(why),
    }
    Err(ServerError::missing(kind, tried))
}

/// The command-line client of `kind`.
pub(crate) fn client(kind: Kind) -> Result<PathBuf, ServerError> {
    match installed::client(kind) {
        Some(client) => Ok(client),
        None => provision(kind).map(|installation| installation.client),
    }
}
