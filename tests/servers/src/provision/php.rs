//! PHP with its MySQL driver, for the tests that record as PHP applications do.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Wanted};
use crate::{ServerError, address, command};

/// The packages, whose names are the same on Debian and Ubuntu.
const PACKAGES: [&str; 2] = ["php-cli", "php-mysql"];
/// Folder of the commands in the packages.
const COMMANDS: &str = "usr/bin";
/// Folder of the extensions in the packages, in a subfolder for PHP's ABI.
const EXTENSIONS: &str = "usr/lib/php";
/// Extensions that the driver consists of, in the order in which they load.
const DRIVER: [&str; 3] = ["mysqlnd", "pdo", "pdo_mysql"];
/// A script that fails without the driver and prints the version.
const PROBE: &str = "PDO::getAvailableDrivers() && in_array('mysql', PDO::getAvailableDrivers()) || exit(1); echo PHP_VERSION;";

/// PHP's command line with its MySQL driver.
#[derive(Debug, Clone)]
pub struct Php {
    program: PathBuf,
    arguments: Vec<OsString>,
    version: String,
}

impl Php {
    /// Finds an installed PHP with its MySQL driver. On Debian and Ubuntu it can also fetch one into the cache directory,
    /// which takes some seconds once, and no root.
    ///
    /// # Errors
    ///
    /// No PHP, and none that can be fetched (`is_missing`). The error lists all attempts and the packages to install.
    pub fn find() -> Result<Self, ServerError> {
        let mut tried = Vec::new();
        match Self::open("php".into(), Vec::new()) {
            Ok(php) => return Ok(php),
            Err(error) => tried.push(format!("no installed PHP with the driver: {error}")),
        }
        match fetch() {
            Ok(php) => return Ok(php),
            Err(why) => tried.push(why),
        }
        Err(ServerError::missing_php(tried))
    }

    /// Returns PHP's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns a command that runs `script`.
    pub fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(script);
        command
    }

    /// Returns the address of a database as the options `--dsn`, `--user` and `--password` of a script.
    ///
    /// # Errors
    ///
    /// `url` is none of a server.
    pub fn options(url: &str) -> Result<[String; 3], ServerError> {
        address::parse(url).map(|url| address::for_php(&url))
    }

    /// Returns the command of a recorder in PHP (`tests/php/record.php`, whose head lists its options) of a generation: `g1`,
    /// `g2`, `g3`, `spatie-v4` or `spatie-v5`. `script` is the path of that file, `url` that of a database.
    ///
    /// # Errors
    ///
    /// `url` is none of a server.
    pub fn recorder(
        &self,
        script: &Path,
        generation: &str,
        url: &str,
    ) -> Result<Command, ServerError> {
        let mut command = self.command(script);
        command.arg(generation).args(Self::options(url)?);
        Ok(command)
    }

    fn open(program: PathBuf, arguments: Vec<OsString>) -> Result<Self, ServerError> {
        let mut probe = Command::new(&program);
        let version = command::run(probe.args(&arguments).args(["-r", PROBE]))?;
        Ok(Self {
            program,
            arguments,
            version,
        })
    }
}

fn fetch() -> Result<Php, String> {
    let prefix = apt::fetch_packages(&Wanted {
        name: "php",
        debian_suite: None,
        not_on_ubuntu: None,
        packages: &[&PACKAGES],
        packed: &[],
        binaries: &|unpacked| {
            let binary = find(&unpacked.join(COMMANDS), is_command)?;
            Ok(vec![format!("{COMMANDS}/{binary}")])
        },
        unused: &[],
    })?;
    open_unpacked(&prefix).map_err(|error| apt::does_not_run(&prefix, &error))
}

/// Opens PHP in a complete prefix. Its own settings would load extensions from their installed paths, so it reads none.
fn open_unpacked(prefix: &Path) -> Result<Php, ServerError> {
    let (commands, extensions) = (prefix.join(COMMANDS), prefix.join(EXTENSIONS));
    let program = commands.join(find(&commands, is_command)?);
    let folder = extensions.join(find(&extensions, is_abi)?);
    let mut arguments: Vec<OsString> = vec!["-n".into(), "-d".into()];
    let mut setting = OsString::from("extension_dir=");
    setting.push(folder);
    arguments.push(setting);
    for name in DRIVER {
        arguments.extend(["-d".into(), format!("extension={name}").into()]);
    }
    Php::open(program, arguments)
}

/// Returns the name of the one entry of a folder.
fn find(folder: &Path, is_wanted: fn(&str) -> bool) -> Result<String, ServerError> {
    let entries = fs::read_dir(folder).map_err(|e| ServerError::io("read", folder, e))?;
    let mut names = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok());
    names
        .find(|name| is_wanted(name))
        .ok_or_else(|| ServerError::unusable(folder.to_string_lossy(), "it contains no PHP"))
}

/// Returns whether a name is that of the command: `php8.2`.
fn is_command(name: &str) -> bool {
    name.strip_prefix("php")
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// Returns whether a name is that of a folder of extensions: `20220829`.
fn is_abi(name: &str) -> bool {
    name.len() == 8 && is_number(name)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_and_its_folder_of_extensions_are_found_by_their_names() {
        assert!(is_command("php8.2") && is_command("php8.10"));
        for other in ["php", "php8.2.bin", "phar8.2", "phpize8.2", "php.default"] {
            assert!(!is_command(other), "{other}");
        }
        assert!(is_abi("20220829"));
        for other in ["8.2", "20220829-zts", "php.ini"] {
            assert!(!is_abi(other), "{other}");
        }
    }
}
