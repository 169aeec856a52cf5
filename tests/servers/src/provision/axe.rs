//! axe-core, the rules by which a page is accessible, as one file of the npm package.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{ServerError, cache, command};

const VERSION: &str = "4.14.1";
/// SHA-512 of the package's archive, which is also the `integrity` that npm's registry publishes, there in base64.
const SHA_512: &str = "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73\
                       4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5";
const FILE: &str = "package/axe.min.js";
const REGISTRY: &str = "https://registry.npmjs.org";

/// Returns the file with axe-core, which is fetched from npm's registry into the cache directory once.
///
/// # Errors
///
/// A package that cannot be fetched (`is_missing`), or whose content is not that of the release.
pub fn provision_axe() -> Result<PathBuf, ServerError> {
    let package = cache::once(&format!("axe-core-{VERSION}"), |partial, _| {
        let archive = download(partial)?;
        check(&archive)?;
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).arg("-C").arg(partial);
        command::run(tar.args([FILE, "package/LICENSE"]))?;
        fs::remove_file(&archive).map_err(|e| ServerError::io("remove", &archive, e))
    });
    package.map(|package| package.join(FILE))
}

/// Downloads the archive by npm, whose settings name the registry, or without npm by curl.
fn download(folder: &Path) -> Result<PathBuf, ServerError> {
    let archive = folder.join(format!("axe-core-{VERSION}.tgz"));
    let mut tried = Vec::new();
    for mut client in [npm(), curl(&archive)] {
        match command::run(client.current_dir(folder)) {
            Ok(_) => return Ok(archive),
            Err(error) => tried.push(error.to_string()),
        }
    }
    Err(ServerError::missing_axe(tried))
}

/// Returns the command that writes the archive to its current folder.
fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--ignore-scripts"]);
    npm.arg(format!("axe-core@{VERSION}"));
    npm
}

fn curl(archive: &Path) -> Command {
    let registry = env::var("npm_config_registry").unwrap_or_else(|_| REGISTRY.to_owned());
    let registry = registry.trim_end_matches('/');
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location"]);
    curl.args(["--max-time", "120", "--output"]).arg(archive);
    curl.arg(format!("{registry}/axe-core/-/axe-core-{VERSION}.tgz"));
    curl
}

/// Refuses an archive of other content.
fn check(archive: &Path) -> Result<(), ServerError> {
    let sums = command::run(Command::new("sha512sum").arg(archive))?;
    match sums.split_whitespace().next() {
        Some(SHA_512) => Ok(()),
        sum => {
            let why = format!("its SHA-512 is {sum:?}, and that of the release is {SHA_512}");
            Err(ServerError::unusable(archive.to_string_lossy(), why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_of_other_content_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("axe-core.tgz");
        fs::write(&archive, "something else").expect("written");
        let error = check(&archive).expect_err("refused").to_string();
        assert!(error.contains("SHA-512"), "{error}");
    }

    #[test]
    fn a_fetched_file_is_of_the_version() {
        let file = provision_axe().unwrap_or_else(|error| panic!("{error}"));
        let text = fs::read_to_string(file).expect("text");
        assert!(text.contains(&format!("axe v{VERSION}")));
    }
}
