//! The setting that counts, out of options, variables and files.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::ValueEnum;

use super::CommandSettings;
use super::file::FileSettings;
use super::renames::Renames;
use super::url::{DATABASE, UrlSetting};
use super::variable::text_of;
use crate::args::GlobalArgs;
use crate::failure::Failure;

impl CommandSettings {
    pub(super) fn resolve(
        args: &GlobalArgs,
        variable: impl Fn(&str) -> Option<OsString>,
        files: &[FileSettings],
    ) -> Result<Self, Failure> {
        Ok(Self {
            url: url(args, &variable, files)?,
            read_url: OnceLock::new(),
            spool_dir: variable("BEHAVIOR_TRACE_SPOOL_DIR")
                .map(PathBuf::from)
                .or_else(|| files.iter().find_map(|file| file.spool_dir.clone())),
            // A place of either file has copies.
            tombstone_to: files
                .iter()
                .flat_map(|file| file.tombstone_to.iter().cloned())
                .collect(),
            exempt: files
                .iter()
                .map(|file| (file.folder.clone(), file.coverage.exempt.clone()))
                .collect(),
            output: first(args.output, &variable, "BEHAVIOR_TRACE_OUTPUT", |at| {
                files.get(at).map(|file| file.output)
            })?,
            color: first(args.color, &variable, "BEHAVIOR_TRACE_COLOR", |at| {
                files.get(at).map(|file| file.color)
            })?
            .unwrap_or_default(),
            zone: zone(args, &variable, files)?,
            renames: files
                .iter()
                .fold(Renames::default(), |found, file| found.or(&file.renames)),
        })
    }
}

fn zone(
    args: &GlobalArgs,
    variable: &impl Fn(&str) -> Option<OsString>,
    files: &[FileSettings],
) -> Result<String, Failure> {
    let set = match &args.zone {
        Some(zone) => Some(zone.clone()),
        None => text_of(variable, "BEHAVIOR_TRACE_ZONE")?,
    };
    let set = set.or_else(|| files.iter().find_map(|file| file.zone.clone()));
    Ok(set.unwrap_or_else(|| "UTC".to_owned()))
}

fn url(
    args: &GlobalArgs,
    variable: &impl Fn(&str) -> Option<OsString>,
    files: &[FileSettings],
) -> Result<Option<UrlSetting>, Failure> {
    let (url, file) = (&args.database_url, &args.database_url_file);
    let found = DATABASE.find(url.as_deref(), file.as_deref(), variable)?;
    Ok(found.or_else(|| {
        files.iter().find_map(|file| {
            let url = file.database_url.clone();
            let url = url.map(|url| UrlSetting::Url(url, "database_url"));
            let path = file.database_url_file.clone();
            url.or_else(|| path.map(|path| UrlSetting::File(path, "database_url_file")))
        })
    }))
}

fn first<T: ValueEnum + Copy>(
    option: Option<T>,
    variable: &impl Fn(&str) -> Option<OsString>,
    name: &str,
    file: impl Fn(usize) -> Option<Option<T>>,
) -> Result<Option<T>, Failure> {
    if option.is_some() {
        return Ok(option);
    }
    if let Some(text) = text_of(variable, name)? {
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
    use crate::args::ColorArg;
    use crate::output::OutputFormat;

    const URL: &str = DATABASE.variable;
    const URL_FILE: &str = DATABASE.file_variable;

    fn file(text: &str) -> FileSettings {
        toml::from_str(text).expect("sound settings")
    }

    fn resolved(
        args: &GlobalArgs,
        variables: &[(&str, &str)],
        files: &[FileSettings],
    ) -> Result<CommandSettings, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        CommandSettings::resolve(args, variable, files).map_err(|failure| failure.to_string())
    }

    fn of_url(settings: &CommandSettings) -> String {
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
