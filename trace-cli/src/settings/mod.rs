//! Settings of a command: option, variable, file of the folder, file of the user, in this order.

mod file;
mod renames;
mod resolve;
mod url;
mod variable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use behavior_trace::config::DatabaseUrl;

use crate::args::{ColorArg, GlobalArgs};
use crate::failure::Failure;
use crate::output::OutputFormat;
use file::FileSettings;
pub(crate) use file::line_of;
pub(crate) use renames::{Name, Renames};
use url::{DATABASE, IMPORT, UrlSetting};
use variable::variable;

/// Settings of a command.
#[derive(Debug, Default)]
pub(crate) struct CommandSettings {
    url: Option<UrlSetting>,
    /// The URL, once it was read.
    read_url: OnceLock<DatabaseUrl>,
    spool_dir: Option<PathBuf>,
    tombstone_to: Vec<String>,
    /// Folders of the files, with the globs that are exempt of coverage.
    exempt: Vec<(PathBuf, BTreeMap<String, String>)>,
    pub(crate) output: Option<OutputFormat>,
    pub(crate) color: ColorArg,
    pub(crate) zone: String,
    pub(crate) renames: Renames,
}

impl CommandSettings {
    /// Reads the variables and files for what the options leave open.
    pub(crate) fn read(args: &GlobalArgs) -> Result<Self, Failure> {
        let files = match &args.config {
            Some(path) => vec![FileSettings::read(path)?],
            None => FileSettings::find()?,
        };
        Self::resolve(args, variable, &files)
    }

    /// Returns the database URL.
    pub(crate) fn database_url(&self) -> Result<DatabaseUrl, Failure> {
        if let Some(url) = self.read_url.get() {
            return Ok(url.clone());
        }
        match &self.url {
            // A pipe can be read once, and a file may be replaced meanwhile.
            Some(setting) => {
                let url = setting.read()?;
                Ok(self.read_url.get_or_init(|| url).clone())
            }
            None => Err(Failure::usage(format!(
                "no database: set {} or {}, pass {} PATH, or write `database_url_file` into behavior-trace.toml",
                DATABASE.variable, DATABASE.file_variable, DATABASE.file_option
            ))),
        }
    }

    /// Returns the URL of the database from which rows are imported; `None` where there is no setting.
    pub(crate) fn import_url(
        url: Option<&str>,
        file: Option<&Path>,
    ) -> Result<Option<DatabaseUrl>, Failure> {
        let found = IMPORT.find(url, file, &variable)?;
        found.map(|setting| setting.read()).transpose()
    }

    /// Returns the spool directory: the option of the command, or the setting.
    pub(crate) fn spool_dir(&self, option: Option<&Path>) -> Result<PathBuf, Failure> {
        let found = option
            .map(Path::to_path_buf)
            .or_else(|| self.spool_dir.clone());
        found.ok_or_else(|| {
            Failure::usage(
                "no spool directory: pass --spool-dir PATH or set BEHAVIOR_TRACE_SPOOL_DIR",
            )
        })
    }

    /// Returns the places with copies of rows, which learn of erasures.
    pub(crate) fn tombstone_to(&self) -> &[String] {
        &self.tombstone_to
    }

    /// Returns the globs of files that are exempt of coverage, with the folder of each file of settings.
    pub(crate) fn exempt(&self) -> impl Iterator<Item = (&Path, &BTreeMap<String, String>)> {
        self.exempt
            .iter()
            .map(|(folder, globs)| (folder.as_path(), globs))
    }

    /// Returns the spool directory of the settings, if there is one.
    pub(crate) fn spool_dir_if_set(&self) -> Option<&Path> {
        self.spool_dir.as_deref()
    }
}
