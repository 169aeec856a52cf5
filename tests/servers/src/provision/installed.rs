//! Servers that are installed on the machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::Installation;
use crate::{Kind, command};

/// Directories of servers, which are often outside a user's `PATH`.
const SERVER_DIRS: [&str; 5] = [
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
];

/// Finds the server and the client of `kind`. The error names the reason if there are none.
pub(super) fn find(kind: Kind) -> Result<Installation, String> {
    let server = on_path(kind.server_binaries(), kind);
    let client = client(kind);
    match (server, client) {
        (Some((server, _)), _) if is_confined(&server, Path::new("/")) => Err(format!(
            "{} is installed, but AppArmor keeps it to the system's own directories",
            server.display()
        )),
        (Some((server, version)), Some(client)) => Ok(Installation {
            kind,
            version,
            server,
            client,
            basedir: None,
        }),
        (None, _) => Err(format!(
            "no installed server ({})",
            kind.server_binaries().join(", ")
        )),
        (Some((server, _)), None) => Err(format!(
            "{} is installed, but not its client ({})",
            server.display(),
            kind.client_binaries().join(", ")
        )),
    }
}

/// Finds the client of `kind`.
pub(super) fn client(kind: Kind) -> Option<PathBuf> {
    on_path(kind.client_binaries(), kind).map(|(client, _)| client)
}

/// Returns whether a profile of AppArmor below `root` confines the binary. Ubuntu's MySQL has one; MariaDB's is empty.
fn is_confined(binary: &Path, root: &Path) -> bool {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let profile = binary
        .display()
        .to_string()
        .trim_start_matches('/')
        .replace('/', ".");
    let enabled = read("sys/module/apparmor/parameters/enabled").starts_with('Y');
    let disabled = root.join("etc/apparmor.d/disable").join(&profile).exists();
    let rules = read(&format!("etc/apparmor.d/{profile}"));
    let has_rules = rules
        .lines()
        .any(|line| !line.trim_start().starts_with('#') && line.contains('{'));
    enabled && !disabled && has_rules
}

fn on_path(names: &[&str], kind: Kind) -> Option<(PathBuf, String)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = env::split_paths(&path)
        .chain(SERVER_DIRS.map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .filter(|binary| binary.is_file())
        .find_map(|binary| {
            let said = command::run(Command::new(&binary).arg("--version")).ok()?;
            let (found, version) = read_version(&said)?;
            (found == kind).then_some((binary, version))
        })
}

/// Reads kind and version from the output of `--version`, since MariaDB installs itself under MySQL's names too.
pub(super) fn read_version(said: &str) -> Option<(Kind, String)> {
    let words = said
        .split([' ', ',', '\t', '\n'])
        .filter(|word| !word.is_empty());
    let words = words.skip_while(|word| !matches!(*word, "Ver" | "Distrib" | "from"));
    // A MariaDB client prints `Ver 15.1 Distrib 10.11.19-MariaDB` or `from 11.4.2-MariaDB`: the later one is the server's.
    let version = words
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
        .fold(None, |found: Option<&str>, word| match found {
            Some(version) if version.contains("MariaDB") || !word.contains("MariaDB") => {
                Some(version)
            }
            _ => Some(word),
        })?;
    let kind = if said.contains("MariaDB") {
        Kind::MariaDb
    } else {
        Kind::MySql
    };
    Some((kind, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, kind: Kind, version: &str) {
        assert_eq!(read_version(said), Some((kind, version.to_owned())));
    }

    #[test]
    fn versions_are_read_from_servers() {
        check(
            "/usr/sbin/mysqld  Ver 9.7.4 for Linux on x86_64 ((Debian))",
            Kind::MySql,
            "9.7.4",
        );
        check(
            "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)",
            Kind::MariaDb,
            "10.11.19-MariaDB-0+deb12u1",
        );
    }

    #[test]
    fn versions_are_read_from_clients() {
        check(
            "mysql  Ver 9.7.4 for Linux on x86_64 ((Debian))",
            Kind::MySql,
            "9.7.4",
        );
        check(
            "mysql  Ver 15.1 Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64) using  EditLine wrapper",
            Kind::MariaDb,
            "10.11.19-MariaDB",
        );
        check(
            "mariadb from 11.4.2-MariaDB, client 15.2 for Linux (x86_64)",
            Kind::MariaDb,
            "11.4.2-MariaDB",
        );
    }

    #[test]
    fn a_profile_with_rules_confines_unless_it_is_off() {
        let root = tempfile::tempdir().unwrap();
        let place = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let confined = || is_confined(Path::new("/usr/sbin/mysqld"), root.path());
        place(
            "etc/apparmor.d/usr.sbin.mysqld",
            "# vim\n/usr/sbin/mysqld {\n  /var/lib/mysql/** rwk,\n}\n",
        );
        assert!(!confined());
        place("sys/module/apparmor/parameters/enabled", "Y\n");
        assert!(confined());
        place(
            "etc/apparmor.d/usr.sbin.mariadbd",
            "# This file is empty { on purpose }\n",
        );
        assert!(!is_confined(Path::new("/usr/sbin/mariadbd"), root.path()));
        place("etc/apparmor.d/disable/usr.sbin.mysqld", "");
        assert!(!confined());
    }

    #[test]
    fn other_programs_have_no_version() {
        assert_eq!(read_version("usage: mysqld [options]"), None);
    }
}
