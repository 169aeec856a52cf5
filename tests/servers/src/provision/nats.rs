//! Finding or fetching the server of NATS.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Wanted};
use crate::{ServerError, command};

const NAME: &str = "nats-server";
/// In the cache, apart from earlier releases.
const CACHED: &str = "nats-server-sid";
/// The release of bookworm loses track of messages where leaders are killed: its replicas then differ for good.
const DEBIAN_SUITE: &str = "sid";
const VARIABLE: &str = "BEHAVIOR_TRACE_TEST_NATS_SERVER";
const REMEDY: &str =
    "install `nats-server` in PATH, or set BEHAVIOR_TRACE_TEST_NATS_SERVER to its path";

/// The server of NATS on this machine.
#[derive(Debug, Clone)]
pub struct NatsBinary {
    pub(crate) path: PathBuf,
    version: String,
}

impl NatsBinary {
    fn open(path: &Path) -> Result<Self, ServerError> {
        let said = command::run(Command::new(path).arg("--version"))?;
        let version = said.split_whitespace().last().unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            version: version.trim_start_matches('v').to_owned(),
        })
    }

    /// Returns the version, such as `2.9.10`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Finds the server: the one that `BEHAVIOR_TRACE_TEST_NATS_SERVER` names, or else in PATH. On Debian and Ubuntu it can also
/// fetch it into the cache directory, which takes some seconds once, and no root.
///
/// # Errors
///
/// No server, and none that can be fetched. The error lists all attempts and the remedy.
pub fn provision_nats() -> Result<NatsBinary, ServerError> {
    if let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return NatsBinary::open(Path::new(&path));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = env::split_paths(&path).map(|dir| dir.join(NAME));
    if let Some(path) = installed.into_iter().find(|path| path.is_file()) {
        return NatsBinary::open(&path);
    }
    fetch().map_err(|why| ServerError::unusable(NAME, format!("none in PATH; {why}; {REMEDY}")))
}

fn fetch() -> Result<NatsBinary, String> {
    let binary = "usr/sbin/nats-server";
    let prefix = apt::fetch_packages(&Wanted {
        name: CACHED,
        debian_suite: Some(DEBIAN_SUITE),
        not_on_ubuntu: None,
        packages: &[&[NAME]],
        packed: &[],
        binaries: &|_| Ok(vec![binary.to_owned()]),
        unused: &["usr/share"],
    })?;
    NatsBinary::open(&prefix.join(binary)).map_err(|e| apt::does_not_run(&prefix, &e))
}
