//! Data directories: initialised once for each version of a server, copied for each server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Local;
use crate::address::{PASSWORD, USER};
use crate::server::{Instance, ServerBuilder};
use crate::{Installation, Kind, ServerError, cache, command};

/// Revision of the template. Increase it when new data directories differ from earlier ones.
const REVISION: u32 = 1;
/// File that is not copied. It holds the server's identity in replication, so each copy creates its own.
const IDENTITY: &str = "auto.cnf";

/// Returns the arguments that every run of the server's binary needs.
pub(super) fn base_args(installation: &Installation, data: &Path) -> Vec<String> {
    let mut args = vec![
        "--no-defaults".to_owned(),
        format!("--datadir={}", data.display()),
    ];
    if let Some(base) = &installation.basedir {
        let base = base.display();
        args.push(format!("--basedir={base}"));
        args.push(format!("--lc-messages-dir={base}/share/mysql"));
        args.push(format!("--character-sets-dir={base}/share/mysql/charsets"));
        args.push(format!("--plugin-dir={base}/lib/mysql/plugin"));
    }
    if rustix::process::geteuid().is_root() {
        args.push("--user=root".to_owned());
    }
    args
}

/// Returns the statements that create the tests' user beside root. Its rights are per database, so `read_only` and the limit
/// of connections apply to it.
pub(crate) fn accounts() -> String {
    format!(
        "CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
         CREATE USER '{USER}'@'localhost';\n\
         GRANT ALL PRIVILEGES ON `%`.* TO '{USER}'@'%';\n\
         GRANT ALL PRIVILEGES ON `%`.* TO '{USER}'@'localhost';\n"
    )
}

/// Returns an initialised data directory of this version of the server, created once.
pub(super) fn template(installation: &Installation) -> Result<PathBuf, ServerError> {
    let kind = installation.kind;
    cache::once(
        &named(installation, &format!("data-{REVISION}")),
        |partial, _| {
            let builder = ServerBuilder {
                patience: Duration::from_mins(2),
                ..crate::Server::builder(kind)
            };
            let mut first = Local::new(installation.clone(), builder)?;
            initialise(installation, &first.data())?;
            first.start_on_free_port()?;
            first.sql("DROP USER IF EXISTS ''@'localhost'")?;
            first.sql(&accounts())?;
            first.stop()?;
            copy(&first.data(), partial)
        },
    )
}

/// Returns the data directory that is kept under `name`, a copy of the template at first.
pub(super) fn kept(
    installation: &Installation,
    name: &str,
    template: &Path,
) -> Result<PathBuf, ServerError> {
    cache::once(
        &named(installation, &format!("kept-{name}")),
        |partial, _| copy(template, partial),
    )
}

/// Returns the name of a cache directory for this version of the server.
fn named(installation: &Installation, what: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || ".-+".contains(c) {
            c
        } else {
            '_'
        }
    };
    let whole = format!(
        "{}-{}-{what}",
        installation.kind.name(),
        installation.version
    );
    whole.chars().map(safe).collect()
}

fn initialise(installation: &Installation, data: &Path) -> Result<(), ServerError> {
    let args = base_args(installation, data);
    let mut initialise = match installation.kind {
        Kind::MySql => {
            let mut server = Command::new(&installation.server);
            server.args(args).arg("--initialize-insecure");
            server
        }
        Kind::MariaDb => {
            let beside = |name| installation.client.with_file_name(name);
            let mut script = Command::new(beside("mariadb-install-db"));
            script.args(args).args([
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ]);
            script
        }
    };
    command::run(&mut initialise).map(drop)
}

/// Copies a data directory while no server runs on it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), ServerError> {
    cache::create(to)?;
    let entries = fs::read_dir(from).map_err(|e| ServerError::io("read", from, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| ServerError::io("read", from, e))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else if entry.file_name() != IDENTITY {
            fs::copy(&source, &target).map_err(|e| ServerError::io("copy", &source, e))?;
        }
    }
    Ok(())
}
