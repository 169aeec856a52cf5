//! Finding or fetching the binaries of a server, of PHP, and of a browser.

mod apt;
mod axe;
mod chromium;
mod duckdb;
mod galera;
mod installed;
mod moto;
mod nats;
mod php;
mod prometheus;
mod sources;
mod tmux;
mod unpacked;
mod valgrind;

pub use axe::provision_axe;
pub use chromium::{ChromiumBinaries, provision_chromium};
pub use duckdb::DuckDb;
pub use galera::provision_galera;
pub use moto::provision_moto;
pub use nats::{NatsBinary, provision_nats};
pub use php::Php;
pub use tmux::Terminal;
pub use valgrind::Valgrind;

use std::path::{Path, PathBuf};

use crate::{Kind, ServerError};
pub use prometheus::{PrometheusBinaries, provision_prometheus};

/// Binaries of a server on this machine.
#[derive(Debug, Clone)]
pub struct Installation {
    pub(crate) kind: Kind,
    pub(crate) version: String,
    pub(crate) server: PathBuf,
    pub(crate) client: PathBuf,
    /// Directory of the server's own files, if it is not the one compiled in.
    pub(crate) basedir: Option<PathBuf>,
}

impl Installation {
    /// Returns the kind of the server.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the version in the server's spelling, such as `9.7.4` or `10.11.19-MariaDB-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the server's binary.
    pub fn server(&self) -> &Path {
        &self.server
    }

    /// Returns the binary of the command-line client.
    pub fn client(&self) -> &Path {
        &self.client
    }
}

/// Finds the binaries of `kind`. On Debian and Ubuntu it can also fetch them into the cache directory, which takes some
/// seconds once, and no root.
///
/// # Errors
///
/// No binaries, and none that can be fetched (`is_missing`). The error lists all attempts and the packages to install.
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

/// Finds the command-line client of `kind`.
pub(crate) fn client(kind: Kind) -> Result<PathBuf, ServerError> {
    match installed::client(kind) {
        Some(client) => Ok(client),
        None => provision(kind).map(|installation| installation.client),
    }
}
