//! Fetching a server from the distribution's packages, without root and without touching the system.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::sources::{self, Format};
use super::{Installation, unpacked};
use crate::{Kind, ServerError, cache, command};

/// Suite of Debian that has MySQL, which the releases lack.
const DEBIAN_MYSQL_SUITE: &str = "sid";

/// Packages to fetch.
pub(super) struct Wanted<'a> {
    /// Name of the directory in the cache.
    pub(super) name: &'a str,
    /// Suite of Debian, if it is not the machine's own release.
    pub(super) debian_suite: Option<&'a str>,
    /// Reason why the packages are not on Ubuntu, if they are not.
    pub(super) not_on_ubuntu: Option<&'a str>,
    /// Sets of packages, best first.
    pub(super) packages: &'a [&'a [&'a str]],
    /// Beginnings of the names of packages that are fetched and not unpacked.
    pub(super) packed: &'a [&'a str],
    /// Finds the binaries that a launcher runs below the folder of the unpacked packages, relative to it. Some packages lack
    /// some.
    pub(super) binaries: &'a dyn Fn(&Path) -> Result<Vec<String>, ServerError>,
    /// Folders that no binary reads, relative to the prefix.
    pub(super) unused: &'a [&'a str],
}

/// Fetches the server of `kind` into the cache, once. The error names the reason why that is not possible.
pub(super) fn fetch(kind: Kind) -> Result<Installation, String> {
    let prefix = fetch_packages(&Wanted {
        name: kind.name(),
        debian_suite: (kind == Kind::MySql).then_some(DEBIAN_MYSQL_SUITE),
        not_on_ubuntu: None,
        packages: kind.packages(),
        packed: &[],
        binaries: &|_| Ok(unpacked::binaries(kind)),
        unused: &[],
    })?;
    unpacked::open(kind, &prefix).map_err(|e| does_not_run(&prefix, &e))
}

/// Returns the reason why the packages in a prefix cannot be used.
pub(super) fn does_not_run(prefix: &Path, error: &ServerError) -> String {
    let prefix = prefix.display();
    format!(
        "the packages in {prefix} do not run (delete that directory to fetch them again): {error}"
    )
}

/// Fetches packages into the cache, once, and returns their prefix.
pub(super) fn fetch_packages(wanted: &Wanted<'_>) -> Result<PathBuf, String> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let named = |name: &str| os_release(&release, name).unwrap_or_default();
    let family = format!("{} {}", named("ID"), named("ID_LIKE"));
    let is = |distribution: &str| family.split_whitespace().any(|word| word == distribution);
    if !is("debian") && !is("ubuntu") {
        return Err("this is no Debian or Ubuntu, whose packages it could fetch".to_owned());
    }
    if let Some(why) = wanted.not_on_ubuntu.filter(|_| is("ubuntu")) {
        return Err(why.to_owned());
    }
    let suite = wanted.debian_suite.filter(|_| !is("ubuntu"));
    let prefix = cache::once(wanted.name, |partial, prefix| {
        eprintln!(
            "fetching {} from the distribution's packages into {}",
            wanted.name,
            prefix.display()
        );
        let apt = PrivateApt::set_up(
            &partial.join("apt"),
            suite.map(|suite| (named("VERSION_CODENAME"), suite)),
        )?;
        for package in apt.download(wanted.packages)? {
            if is_named(&package, wanted.packed) {
                continue;
            }
            command::run(Command::new("dpkg-deb").arg("-x").arg(package).arg(partial))?;
        }
        let unused = wanted.unused.iter().map(|folder| partial.join(folder));
        for folder in unused.chain([apt.root]) {
            fs::remove_dir_all(&folder).map_err(|e| ServerError::io("remove", &folder, e))?;
        }
        unpacked::make_runnable(&(wanted.binaries)(partial)?, partial, prefix)
    });
    prefix.map_err(|e| format!("its packages could not be fetched: {e}"))
}

/// Returns whether the name of a file has one of these beginnings.
fn is_named(file: &Path, beginnings: &[&str]) -> bool {
    let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
    beginnings
        .iter()
        .any(|beginning| name.starts_with(beginning))
}

/// An `apt` with its own configuration, lists and cache. For it nothing is installed, so it fetches every dependency,
/// including the C library.
struct PrivateApt {
    root: PathBuf,
    configuration: PathBuf,
}

impl PrivateApt {
    /// Sets up `apt` with the machine's own sources, or with its release's sources in another suite: `(codename, suite)`.
    fn set_up(root: &Path, other_suite: Option<(String, &str)>) -> Result<Self, ServerError> {
        for dir in ["state/lists/partial", "cache/archives/partial", "sources"] {
            cache::create(&root.join(dir))?;
        }
        let mut configuration = configuration(root);
        if let Some((codename, suite)) = other_suite {
            let from = Path::new("/etc/apt");
            if write_sources(from, &root.join("sources"), &codename, suite)? == 0 {
                let why =
                    format!("no source of Debian `{codename}` to ask for its suite `{suite}`");
                return Err(ServerError::unusable(from.to_string_lossy(), why));
            }
            configuration.push_str(&only_sources(&root.join("sources")));
        }
        // The status file is empty, as nothing is installed. It is separate, since apt puts its locks beside it.
        write(&root.join("state/status"), "")?;
        let path = root.join("apt.conf");
        write(&path, &configuration)?;
        Ok(Self {
            root: root.to_owned(),
            configuration: path,
        })
    }

    /// Downloads the first set of packages that there is, with their dependencies. Returns all of them.
    fn download(&self, sets: &[&[&str]]) -> Result<Vec<PathBuf>, ServerError> {
        // A failing source does not matter if the others have every package.
        let updated = command::run(self.get().arg("update"));
        let mut failure = None;
        for packages in sets {
            match command::run(
                self.get()
                    .args(["--yes", "--download-only", "install"])
                    .args(*packages),
            ) {
                Ok(_) => return self.packages(),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(updated
            .err()
            .or(failure)
            .unwrap_or_else(|| ServerError::unusable("apt-get", "no packages were asked for")))
    }

    fn get(&self) -> Command {
        let mut get = Command::new("apt-get");
        get.arg("--quiet=2")
            .arg("--config-file")
            .arg(&self.configuration);
        get.env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C");
        get
    }

    fn packages(&self) -> Result<Vec<PathBuf>, ServerError> {
        let archives = self.root.join("cache/archives");
        let mut packages = entries(&archives)?;
        packages.retain(|path| path.extension() == Some(OsStr::new("deb")));
        Ok(packages)
    }
}

/// Returns the configuration. Settings that it omits, such as proxies and keys, are the machine's own.
fn configuration(root: &Path) -> String {
    let root = root.display();
    format!(
        "#clear APT::Architectures;\n\
         Dir::State \"{root}/state\";\n\
         Dir::State::status \"{root}/state/status\";\n\
         Dir::Cache \"{root}/cache\";\n\
         Dir::Etc::preferences \"/dev/null\";\n\
         Dir::Etc::preferencesparts \"/dev/null\";\n\
         APT::Install-Recommends \"false\";\n\
         APT::Sandbox::User \"root\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::Retries \"3\";\n\
         Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n"
    )
}

/// Returns the configuration that replaces the machine's own sources with those in `dir`.
fn only_sources(dir: &Path) -> String {
    format!(
        "Dir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"{}\";\n",
        dir.display()
    )
}

/// Writes the sources below `from` to `to` with another suite. Returns how many files have any.
fn write_sources(
    from: &Path,
    to: &Path,
    codename: &str,
    suite: &str,
) -> Result<usize, ServerError> {
    let mut files = vec![from.join("sources.list")];
    files.extend(entries(&from.join("sources.list.d")).unwrap_or_default());
    let mut written = 0;
    for file in files {
        let format = match file.extension().and_then(OsStr::to_str) {
            Some("sources") => Format::Deb822,
            Some("list") => Format::OneLine,
            _ => continue,
        };
        let text = fs::read_to_string(&file).unwrap_or_default();
        let rewritten = sources::with_suite(&text, format, codename, suite);
        if let (false, Some(name)) = (rewritten.is_empty(), file.file_name()) {
            let to = to.join(name);
            write(&to, &rewritten)?;
            written += 1;
        }
    }
    Ok(written)
}

fn write(path: &Path, text: &str) -> Result<(), ServerError> {
    fs::write(path, text).map_err(|e| ServerError::io("write", path, e))
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, ServerError> {
    let read = fs::read_dir(dir).map_err(|e| ServerError::io("read", dir, e))?;
    let mut paths: Vec<PathBuf> = read
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    Ok(paths)
}

/// Returns a value of `os-release`, whose quotes are optional.
fn os_release(text: &str, name: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_with_and_without_quotes() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID='12'\nID=debian\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(os_release(text, "ID").as_deref(), Some("debian"));
        assert_eq!(
            os_release(text, "ID_LIKE").as_deref(),
            Some("ubuntu debian")
        );
        assert_eq!(os_release(text, "VERSION_ID").as_deref(), Some("12"));
        assert_eq!(os_release(text, "VERSION_CODENAME"), None);
    }

    #[test]
    fn sources_of_both_formats_are_rewritten_and_others_left_out() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let parts = from.path().join("sources.list.d");
        fs::create_dir(&parts).unwrap();
        fs::write(
            from.path().join("sources.list"),
            "deb http://mirror.test/debian trixie main\n",
        )
        .unwrap();
        let stanza =
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nComponents: main\n";
        fs::write(parts.join("debian.sources"), stanza).unwrap();
        fs::write(
            parts.join("old.list.disabled"),
            "deb http://mirror.test/debian trixie main\n",
        )
        .unwrap();
        fs::write(
            parts.join("third.list"),
            "deb http://third.test/apt any main\n",
        )
        .unwrap();
        assert_eq!(
            write_sources(from.path(), to.path(), "trixie", "sid").unwrap(),
            2
        );
        let names = entries(to.path()).unwrap();
        assert!(
            names
                .iter()
                .all(|path| fs::read_to_string(path).unwrap().contains("sid")),
            "{names:?}"
        );
    }
}
