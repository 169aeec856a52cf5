//! Settings of a command: option, variable, file of the folder, file of the user, in this order.

mod file;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use behavior_trace::config::DatabaseUrl;
use clap::ValueEnum;

use crate::args::{ColorArg, GlobalArgs};
use crate::failure::Failure;
use crate::output::OutputFormat;
use crate::secret::has_password;
use file::FileSettings;

/// Settings of a command.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    url: Option<UrlSetting>,
    spool_dir: Option<PathBuf>,
    pub(crate) output: Option<OutputFormat>,
    pub(crate) color: ColorArg,
    pub(crate) zone: String,
}

/// Where the database URL comes from, with the name of the setting for errors.
#[derive(Clone)]
enum UrlSetting {
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

const URL: &str = "BEHAVIOR_TRACE_DATABASE_URL";
const URL_FILE: &str = "BEHAVIOR_TRACE_DATABASE_URL_FILE";

impl Settings {
    /// Reads the variables and files for what the options leave open.
    pub(crate) fn read(args: &GlobalArgs) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let files = match &args.config {
            Some(path) => vec![FileSettings::read(path)?],
            None => FileSettings::find()?,
        };
        Self::resolve(args, variable, &files)
    }

    fn resolve(
        args: &GlobalArgs,
        variable: impl Fn(&str) -> Option<String>,
        files: &[FileSettings],
    ) -> Result<Self, Failure> {
        Ok(Self {
            url: url(args, &variable, files)?,
            spool_dir: variable("BEHAVIOR_TRACE_SPOOL_DIR")
                .map(PathBuf::from)
                .or_else(|| files.iter().find_map(|file| file.spool_dir.clone())),
            output: first(args.output, &variable, "BEHAVIOR_TRACE_OUTPUT", |at| {
                files.get(at).map(|file| file.output)
            })?,
            color: first(args.color, &variable, "BEHAVIOR_TRACE_COLOR", |at| {
                files.get(at).map(|file| file.color)
            })?
            .unwrap_or_default(),
            zone: args
                .zone
                .clone()
                .or_else(|| variable("BEHAVIOR_TRACE_ZONE"))
                .or_else(|| files.iter().find_map(|file| file.zone.clone()))
                .unwrap_or_else(|| "UTC".to_owned()),
        })
    }

    /// Returns the database URL.
    pub(crate) fn database_url(&self) -> Result<DatabaseUrl, Failure> {
        let (text, setting) = match &self.url {
            Some(UrlSetting::Url(text, setting)) => (text.clone(), *setting),
            Some(UrlSetting::File(path, setting)) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    Failure::usage(format!(
                        "{setting}: {} cannot be read: {error}",
                        path.display()
                    ))
                })?;
                (text.trim().to_owned(), *setting)
            }
            None => {
                return Err(Failure::usage(format!(
                    "no database: set {URL} or {URL_FILE}, pass --database-url-file PATH, or write `database_url_file` into \
                     behavior-trace.toml"
                )));
            }
        };
        text.parse()
            .map_err(|error| Failure::usage(format!("{setting}: {error}")))
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

    /// Returns the spool directory of the settings, if there is one.
    pub(crate) fn spool_dir_if_set(&self) -> Option<&Path> {
        self.spool_dir.as_deref()
    }
}

fn url(
    args: &GlobalArgs,
    variable: &impl Fn(&str) -> Option<String>,
    files: &[FileSettings],
) -> Result<Option<UrlSetting>, Failure> {
    if let Some(url) = &args.database_url {
        if has_password(url) {
            return Err(Failure::usage(format!(
                "--database-url: a password in an argument is visible to every user of this machine; set {URL} or pass \
                 --database-url-file PATH instead, and change the password"
            )));
        }
        return Ok(Some(UrlSetting::Url(url.clone(), "--database-url")));
    }
    if let Some(path) = &args.database_url_file {
        return Ok(Some(UrlSetting::File(path.clone(), "--database-url-file")));
    }
    match (variable(URL), variable(URL_FILE)) {
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "{URL} and {URL_FILE} are both set; unset one"
        ))),
        (Some(url), None) => Ok(Some(UrlSetting::Url(url, URL))),
        (None, Some(path)) => Ok(Some(UrlSetting::File(path.into(), URL_FILE))),
        (None, None) => Ok(files.iter().find_map(|file| {
            let url = file.database_url.clone();
            let url = url.map(|url| UrlSetting::Url(url, "database_url"));
            let path = file.database_url_file.clone();
            url.or_else(|| path.map(|path| UrlSetting::File(path, "database_url_file")))
        })),
    }
}

fn first<T: ValueEnum + Copy>(
    option: Option<T>,
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    file: impl Fn(usize) -> Option<Option<T>>,
) -> Result<Option<T>, Failure> {
    if option.is_some() {
        return Ok(option);
    }
    if let Some(text) = variable(name) {
        let read = T::from_str(&text, false);
        return read.map(Some).map_err(|_| {
            let forms = T::value_variants().iter().filter_map(T::to_possible_value);
            let forms: Vec<_> = forms.map(|form| form.get_name().to_owned()).collect();
            Failure::usage(format!("{name}: `{text}` is none of {}", forms.join(", ")))
        });
    }
    Ok((0..).map_while(file).flatten().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> FileSettings {
        toml::from_str(text).expect("sound settings")
    }

    fn resolved(
        args: &GlobalArgs,
        variables: &[(&str, &str)],
        files: &[FileSettings],
    ) -> Result<Settings, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::resolve(args, variable, files).map_err(|failure| failure.to_string())
    }

    fn of_url(settings: &Settings) -> String {
        settings.database_url().expect("a URL").to_string()
    }

    #[test]
    fn an_option_precedes_a_variable_which_precedes_the_files_in_their_order() {
        let files = [
            file("database_url = 'mysql://c@h/folder'\noutput = 'csv'"),
            file(
                "database_url = 'mysql://d@h/user'\noutput = 'json'\nzone = 'local'\ncolor = 'never'",
            ),
        ];
        let mut args = GlobalArgs::default();
        let settings = resolved(&args, &[], &files).expect("sound");
        assert!(of_url(&settings).ends_with("/folder"));
        assert_eq!(settings.output, Some(OutputFormat::Csv));
        assert_eq!(
            (settings.zone.as_str(), settings.color),
            ("local", ColorArg::Never)
        );

        let variables = [
            (URL, "mysql://b:secret@h/variable"),
            ("BEHAVIOR_TRACE_OUTPUT", "table"),
            ("BEHAVIOR_TRACE_ZONE", "Asia/Tokyo"),
        ];
        let settings = resolved(&args, &variables, &files).expect("sound");
        assert!(of_url(&settings).ends_with("/variable"));
        assert_eq!(settings.output, Some(OutputFormat::Table));
        assert_eq!(settings.zone, "Asia/Tokyo");

        args.database_url = Some("mysql://a@h/option".to_owned());
        args.output = Some(OutputFormat::Jsonl);
        let settings = resolved(&args, &variables, &files).expect("sound");
        assert!(of_url(&settings).ends_with("/option"));
        assert_eq!(settings.output, Some(OutputFormat::Jsonl));
    }

    #[test]
    fn a_password_is_refused_in_an_option_and_taken_from_a_variable() {
        let args = GlobalArgs {
            database_url: Some("mysql://app:hunter2@db/shop".to_owned()),
            ..GlobalArgs::default()
        };
        let error = resolved(&args, &[], &[]).expect_err("a password");
        assert!(error.contains("--database-url-file"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_that_names_the_setting() {
        let args = GlobalArgs::default();
        let both = [(URL, "memory:"), (URL_FILE, "/x")];
        let error = resolved(&args, &both, &[]).expect_err("both");
        assert!(error.contains(URL_FILE), "{error}");
        let output = [("BEHAVIOR_TRACE_OUTPUT", "xml")];
        let error = resolved(&args, &output, &[]).expect_err("no form");
        assert!(error.contains("table, json, jsonl, csv"), "{error}");
        let settings = resolved(&args, &[], &[]).expect("nothing set");
        let error = settings.database_url().expect_err("no URL").to_string();
        assert!(error.contains(URL), "{error}");
    }

    #[test]
    fn a_debug_text_of_settings_has_no_password() {
        let variables = [(URL, "mysql://app:hunter2@db/shop")];
        let settings = resolved(&GlobalArgs::default(), &variables, &[]).expect("sound");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
