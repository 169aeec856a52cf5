//! Galera's library, which makes MariaDB servers a cluster.

use std::path::{Path, PathBuf};

use super::apt::{self, Wanted};
use crate::ServerError;

const NAME: &str = "galera";
const LIBRARY: &str = "libgalera_smm.so";
const REMEDY: &str = "install the package `galera-4`";
/// Folders of an installed library, by distribution.
const INSTALLED: [&str; 4] = [
    "/usr/lib/galera",
    "/usr/lib/galera-4",
    "/usr/lib64/galera-4",
    "/usr/lib64/galera",
];

/// Finds Galera's library. On Debian and Ubuntu it can also fetch it into the cache directory, which takes some seconds once,
/// and no root.
///
/// # Errors
///
/// No library, and none that can be fetched. The error lists all attempts and the package to install.
pub fn provision_galera() -> Result<PathBuf, ServerError> {
    let installed = INSTALLED.map(|folder| Path::new(folder).join(LIBRARY));
    if let Some(library) = installed.into_iter().find(|path| path.is_file()) {
        return Ok(library);
    }
    fetch().map_err(|why| {
        let why = format!("no `{LIBRARY}` is installed; {why}; {REMEDY}");
        ServerError::unusable("Galera", why)
    })
}

/// Fetches the library into the cache, once. The server that loads it brings the libraries that it needs.
fn fetch() -> Result<PathBuf, String> {
    let prefix = apt::fetch_packages(&Wanted {
        name: NAME,
        debian_suite: None,
        not_on_ubuntu: None,
        packages: &[&["galera-4"]],
        packed: &["lib", "gcc-"],
        binaries: &|_| Ok(Vec::new()),
        unused: &["usr/share"],
    })?;
    let library = prefix.join("usr/lib/galera").join(LIBRARY);
    if library.is_file() {
        return Ok(library);
    }
    let missing = ServerError::unusable(library.to_string_lossy(), "it is not in the package");
    Err(apt::does_not_run(&prefix, &missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Server};

    #[test]
    fn a_fetched_library_makes_a_server_the_first_node_of_a_cluster() {
        let library = fetch().expect("fetched");
        let port = crate::local::free_port().expect("a port");
        let server = Server::builder(Kind::MariaDb)
            .arg("--wsrep-on=ON")
            .arg(format!("--wsrep-provider={}", library.display()))
            .arg("--wsrep-cluster-address=gcomm://")
            .arg(format!(
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{port}"
            ))
            .arg("--binlog-format=ROW")
            .arg("--innodb-autoinc-lock-mode=2");
        let server = server.start().expect("a node");
        let status = server.sql("SHOW STATUS LIKE 'wsrep_ready'");
        assert_eq!(status.expect("an answer").trim(), "wsrep_ready\tON");
    }
}
