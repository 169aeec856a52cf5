//! Database URLs of options, variables and files.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use behavior_trace::config::DatabaseUrl;

use crate::failure::Failure;
use crate::secret::has_password;

use super::variable::text_of;

/// Names under which a URL is set.
pub(super) struct UrlNames {
    pub(super) option: &'static str,
    pub(super) file_option: &'static str,
    pub(super) variable: &'static str,
    pub(super) file_variable: &'static str,
}

/// The database of the table.
pub(super) const DATABASE: UrlNames = UrlNames {
    option: "--database-url",
    file_option: "--database-url-file",
    variable: "BEHAVIOR_TRACE_DATABASE_URL",
    file_variable: "BEHAVIOR_TRACE_DATABASE_URL_FILE",
};

/// The database of the table from which rows are imported.
pub(super) const IMPORT: UrlNames = UrlNames {
    option: "--from-url",
    file_option: "--from-url-file",
    variable: "BEHAVIOR_TRACE_IMPORT_URL",
    file_variable: "BEHAVIOR_TRACE_IMPORT_URL_FILE",
};

/// Where a database URL comes from, with the name of the setting for errors.
#[derive(Clone)]
pub(super) enum UrlSetting {
    Url(String, &'static str),
    File(PathBuf, &'static str),
}

impl fmt::Debug for UrlSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // It may have a password.
            Self::Url(_, setting) => f.write_str(setting),
            Self::File(path, setting) => write!(f, "{setting} {}", path.display()),
        }
    }
}

impl UrlNames {
    /// Finds the setting: an option, then a variable. A URL with a password is refused in an option.
    pub(super) fn find(
        &self,
        url: Option<&str>,
        file: Option<&Path>,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<UrlSetting>, Failure> {
        if let Some(url) = url {
            if has_password(url) {
                return Err(Failure::usage(format!(
                    "{}: a password in an argument is visible to every user of this machine; set {} or pass {} PATH \
                     instead, and change the password",
                    self.option, self.variable, self.file_option
                )));
            }
            return Ok(Some(UrlSetting::Url(url.to_owned(), self.option)));
        }
        if let Some(path) = file {
            return Ok(Some(UrlSetting::File(path.to_owned(), self.file_option)));
        }
        let url = text_of(variable, self.variable)?;
        match (url, variable(self.file_variable)) {
            (Some(_), Some(_)) => Err(Failure::usage(format!(
                "{} and {} are both set; unset one",
                self.variable, self.file_variable
            ))),
            (Some(url), None) => Ok(Some(UrlSetting::Url(url, self.variable))),
            (None, Some(path)) => Ok(Some(UrlSetting::File(path.into(), self.file_variable))),
            (None, None) => Ok(None),
        }
    }
}

impl UrlSetting {
    /// Reads the URL.
    pub(super) fn read(&self) -> Result<DatabaseUrl, Failure> {
        let (text, setting) = match self {
            Self::Url(text, setting) => (text.clone(), *setting),
            Self::File(path, setting) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    let path = path.display();
                    Failure::usage(format!("{setting}: {path} cannot be read: {error}"))
                })?;
                (text.trim().to_owned(), *setting)
            }
        };
        text.parse()
            .map_err(|error| Failure::usage(format!("{setting}: {error}")))
    }
}
