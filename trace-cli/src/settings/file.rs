//! Files of settings.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy as _, choose_base_strategy};
use serde::Deserialize;

use super::renames::Renames;
use crate::args::ColorArg;
use crate::failure::Failure;
use crate::output::OutputFormat;

/// What a file sets. Paths are relative to the folder of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSettings {
    pub(super) database_url: Option<String>,
    pub(super) database_url_file: Option<PathBuf>,
    pub(super) spool_dir: Option<PathBuf>,
    /// Places with copies of rows, which learn of erasures.
    #[serde(default)]
    pub(super) tombstone_to: Vec<String>,
    pub(super) output: Option<OutputFormat>,
    pub(super) color: Option<ColorArg>,
    pub(super) zone: Option<String>,
    #[serde(default)]
    pub(super) renames: Renames,
    #[serde(default)]
    pub(super) coverage: CoverageSettings,
    /// Folder of the file.
    #[serde(skip)]
    pub(super) folder: PathBuf,
}

/// The section `[coverage]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageSettings {
    /// Reasons by the globs of the files that are exempt.
    #[serde(default)]
    pub(super) exempt: BTreeMap<String, String>,
}

const IN_FOLDER: &str = "behavior-trace.toml";
const OF_USER: &str = "behavior-trace/config.toml";

impl FileSettings {
    /// Reads the files that are there, that of the folder first.
    pub(super) fn find() -> Result<Vec<Self>, Failure> {
        let of_user = choose_base_strategy().map(|folders| folders.config_dir().join(OF_USER));
        let paths = [Some(PathBuf::from(IN_FOLDER)), of_user.ok()];
        let mut files = Vec::new();
        for path in paths.into_iter().flatten() {
            match fs::read_to_string(&path) {
                Ok(text) => files.push(Self::parse(&path, &text)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unreadable(&path, &error)),
            }
        }
        Ok(files)
    }

    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        // The error repeats no line of the file, which may have a password.
        let read: Result<Self, toml::de::Error> = toml::from_str(text);
        let mut settings = read.map_err(|error| {
            let line = line_of(&error, text);
            Failure::usage(format!("{}{line}: {}", path.display(), error.message()))
        })?;
        if settings.database_url.is_some() && settings.database_url_file.is_some() {
            return Err(Failure::usage(format!(
                "{}: `database_url` and `database_url_file` are both set; remove one",
                path.display()
            )));
        }
        let sound = settings.renames.check();
        sound.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [&mut settings.database_url_file, &mut settings.spool_dir] {
            *path = path.take().map(|path| folder.join(path));
        }
        for target in &mut settings.tombstone_to {
            // A relative path of a folder, and no other target.
            if let Some(path) = target.strip_prefix("parquet:") {
                *target = format!("parquet:{}", folder.join(path).display());
            }
        }
        settings.folder = folder.to_path_buf();
        Ok(settings)
    }
}

/// Returns the line of an error in a file, for its message.
pub(crate) fn line_of(error: &toml::de::Error, text: &str) -> String {
    let line = |start: usize| text[..start].matches('\n').count() + 1;
    let line = error
        .span()
        .map(|span| format!(" line {}", line(span.start)));
    line.unwrap_or_default()
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder_of_the_file() {
        let path = Path::new("/etc/shop/behavior-trace.toml");
        let read = FileSettings::parse(path, "database_url_file = 'url'\nspool_dir = '/var/spool'");
        let settings = read.expect("sound");
        assert_eq!(
            settings.database_url_file,
            Some(PathBuf::from("/etc/shop/url"))
        );
        assert_eq!(settings.spool_dir, Some(PathBuf::from("/var/spool")));
        let targets = "tombstone_to = ['parquet:archive', 'parquet:/srv/archive', 's3://bucket/x']";
        let settings = FileSettings::parse(path, targets).expect("sound");
        assert_eq!(
            settings.tombstone_to,
            [
                "parquet:/etc/shop/archive",
                "parquet:/srv/archive",
                "s3://bucket/x"
            ]
        );
    }

    #[test]
    fn exempt_files_have_their_reasons_and_the_folder_of_the_file() {
        let text = "[coverage.exempt]\n'src/cache/**' = 'a cache'";
        let read = FileSettings::parse(Path::new("/shop/behavior-trace.toml"), text);
        let settings = read.expect("sound");
        assert_eq!(settings.coverage.exempt["src/cache/**"], "a cache");
        assert_eq!(settings.folder, Path::new("/shop"));
        let unknown = FileSettings::parse(Path::new("x.toml"), "[coverage]\nexmept = {}");
        assert!(unknown.is_err(), "{unknown:?}");
    }

    #[test]
    fn an_error_names_the_file_and_the_line_and_repeats_no_value() {
        for text in [
            "# settings\ndatabase_ulr = 'mysql://app:hunter2@db/shop'",
            "zone = 'UTC'\noutput = 'hunter2'",
            "zone = 'UTC'\ndatabase_url = hunter2",
            "database_url = 'mysql://app:hunter2@db/shop'\ndatabase_url_file = 'x'",
        ] {
            let read = FileSettings::parse(Path::new("x.toml"), text);
            let error = read.expect_err(text).to_string();
            assert!(error.starts_with("x.toml"), "{error}");
            assert!(!error.contains("mysql://app:hunter2"), "{error}");
        }
    }
}
