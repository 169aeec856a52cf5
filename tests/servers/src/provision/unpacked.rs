//! Packages unpacked into a prefix, which run there with the C library they were built against.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Installation, installed};
use crate::{Kind, ServerError, command};

/// Folders with libraries below the prefix, each with a subfolder for the architecture.
const LIBRARIES: [&str; 2] = ["lib", "usr/lib"];
const SERVERS: &str = "usr/sbin";
const COMMANDS: &str = "usr/bin";

/// Returns the binaries that a test of `kind` runs.
pub(super) fn binaries(kind: Kind) -> Vec<String> {
    let servers = kind
        .server_binaries()
        .iter()
        .map(|name| format!("{SERVERS}/{name}"));
    // `mariadb-install-db` is a script that calls the last two.
    let commands = kind
        .client_binaries()
        .iter()
        .chain(&["my_print_defaults", "resolveip"]);
    let commands = commands.map(|name| format!("{COMMANDS}/{name}"));
    servers.chain(commands).collect()
}

/// Replaces each binary that a test runs by a launcher, so that it runs as if it were installed.
///
/// `root` is the directory under construction, `prefix` its final path.
pub(super) fn make_runnable(
    binaries: &[String],
    root: &Path,
    prefix: &Path,
) -> Result<(), ServerError> {
    if binaries.is_empty() {
        return Ok(());
    }
    let loader = Loader::find(root)?;
    for binary in binaries {
        let at = root.join(binary);
        if at.is_file() && !at.is_symlink() {
            let moved = format!("{binary}.bin");
            fs::rename(&at, root.join(&moved)).map_err(|e| ServerError::io("rename", &at, e))?;
            fs::write(&at, loader.launcher(prefix, &moved))
                .map_err(|e| ServerError::io("write", &at, e))?;
            let executable = Permissions::from_mode(0o755);
            fs::set_permissions(&at, executable)
                .map_err(|e| ServerError::io("make executable", &at, e))?;
        }
    }
    Ok(())
}

/// Opens the installation in a complete prefix.
pub(super) fn open(kind: Kind, prefix: &Path) -> Result<Installation, ServerError> {
    let binary = |folder: &str, names: &[&str]| {
        let mut paths = names.iter().map(|name| prefix.join(folder).join(name));
        paths
            .find(|path| path.is_file())
            .unwrap_or_else(|| prefix.join(folder).join(names[0]))
    };
    let server = binary(SERVERS, kind.server_binaries());
    let client = binary(COMMANDS, kind.client_binaries());
    let said = command::run(Command::new(&server).args(["--no-defaults", "--version"]))?;
    let (_, version) = installed::read_version(&said).ok_or_else(|| {
        ServerError::command(
            command::spelled(&Command::new(&server)),
            "has no version".to_owned(),
            said,
        )
    })?;
    Ok(Installation {
        kind,
        version,
        server,
        client,
        basedir: Some(prefix.join("usr")),
    })
}

/// Dynamic loader of a prefix and its library folders, relative to the prefix.
struct Loader {
    path: PathBuf,
    libraries: Vec<PathBuf>,
}

impl Loader {
    /// Finds the loader by its name, which depends on the architecture: `ld-linux-x86-64.so.2`, `ld-linux-aarch64.so.1`,
    /// `ld64.so.2`.
    fn find(root: &Path) -> Result<Self, ServerError> {
        let mut found = None;
        let libraries = library_folders(root);
        for dir in &libraries {
            let files = fs::read_dir(dir).map_err(|e| ServerError::io("read", dir, e))?;
            let mut files = files.filter_map(Result::ok).map(|file| file.path());
            let loader = files.find(|file| {
                name(file).starts_with("ld") && name(file).contains(".so.") && is_loader(file)
            });
            found = found.or(loader);
        }
        let below = |path: &Path| {
            path.strip_prefix(root)
                .map_or_else(|_| path.to_owned(), Path::to_owned)
        };
        match found {
            Some(path) => Ok(Self {
                path: below(&path),
                libraries: libraries.iter().map(|dir| below(dir)).collect(),
            }),
            None => Err(ServerError::unusable(
                root.to_string_lossy(),
                "no dynamic loader among the packages",
            )),
        }
    }

    /// Returns a script that runs `binary`; `exec` keeps the process id.
    fn launcher(&self, prefix: &Path, binary: &str) -> String {
        let libraries: Vec<String> = self
            .libraries
            .iter()
            .map(|dir| prefix.join(dir).display().to_string())
            .collect();
        format!(
            "#!/bin/sh\nexec '{}' --library-path '{}' '{}' \"$@\"\n",
            prefix.join(&self.path).display(),
            libraries.join(":"),
            prefix.join(binary).display()
        )
    }
}

/// Returns the folders with libraries below a prefix.
pub(super) fn library_folders(root: &Path) -> Vec<PathBuf> {
    LIBRARIES
        .iter()
        .flat_map(|folder| folders(&root.join(folder)))
        .filter(|dir| name(dir).contains("-linux-gnu"))
        .collect()
}

fn is_loader(file: &Path) -> bool {
    name(file).starts_with("ld-linux") || name(file).starts_with("ld64")
}

fn folders(dir: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !path.is_symlink())
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launcher_runs_the_moved_binary_with_the_loader_and_libraries_of_the_prefix() {
        let root = tempfile::tempdir().unwrap();
        let place = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        place("lib/aarch64-linux-gnu/ld-linux-aarch64.so.1");
        place("usr/lib/aarch64-linux-gnu/libssl.so.3");
        place("usr/sbin/mysqld");
        make_runnable(
            &binaries(Kind::MySql),
            root.path(),
            Path::new("/cache/mysql"),
        )
        .unwrap();
        assert!(root.path().join("usr/sbin/mysqld.bin").is_file());
        assert_eq!(
            fs::read_to_string(root.path().join("usr/sbin/mysqld")).unwrap(),
            "#!/bin/sh\nexec '/cache/mysql/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1' --library-path \
             '/cache/mysql/lib/aarch64-linux-gnu:/cache/mysql/usr/lib/aarch64-linux-gnu' \
             '/cache/mysql/usr/sbin/mysqld.bin' \"$@\"\n"
        );
    }

    #[test]
    fn a_prefix_without_a_loader_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let binaries = binaries(Kind::MySql);
        assert!(make_runnable(&binaries, root.path(), root.path()).is_err());
    }
}
