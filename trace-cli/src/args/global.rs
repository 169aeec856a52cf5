//! Options of every command.

use std::ffi::OsString;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, ValueEnum};

use crate::output::OutputFormat;

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Database URL, without a password [env: BEHAVIOR_TRACE_DATABASE_URL, which may have one]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) database_url: Option<String>,
    /// File with the database URL [env: BEHAVIOR_TRACE_DATABASE_URL_FILE]
    #[arg(
        long,
        value_name = "PATH",
        global = true,
        conflicts_with = "database_url"
    )]
    pub(crate) database_url_file: Option<PathBuf>,
    /// Form of the output [default: table on a terminal, else jsonl] [env: BEHAVIOR_TRACE_OUTPUT]
    #[arg(
        long,
        short,
        value_name = "FORM",
        global = true,
        hide_possible_values = false
    )]
    pub(crate) output: Option<OutputFormat>,
    /// Colours [default: auto] [env: BEHAVIOR_TRACE_COLOR, NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, value_name = "WHEN", global = true)]
    pub(crate) color: Option<ColorArg>,
    /// Time zone of what is read and shown: UTC, local or a name [default: UTC] [env: BEHAVIOR_TRACE_ZONE]
    #[arg(long, value_name = "ZONE", global = true)]
    pub(crate) zone: Option<String>,
    /// File of settings in place of ./behavior-trace.toml and the user's
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Prints neither progress nor notes
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}

impl ColorArg {
    /// Finds the choice among the words, before they are read: help and errors have colours too.
    pub(super) fn in_words(words: &[OsString]) -> Self {
        let mut words = words.iter().filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            let value = match word.split_once('=') {
                Some(("--color", value)) => Some(value),
                None if word == "--color" => words.next(),
                _ => None,
            };
            if let Some(value) = value {
                return Self::from_str(value, false).unwrap_or_default();
            }
        }
        Self::Auto
    }

    pub(super) const fn of_help(self) -> clap::ColorChoice {
        match self {
            Self::Auto => clap::ColorChoice::Auto,
            Self::Always => clap::ColorChoice::Always,
            Self::Never => clap::ColorChoice::Never,
        }
    }

    /// Decides for the whole process.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::AlwaysAnsi,
            Self::Never => ColorChoice::Never,
        }
        .write_global();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_colours_is_found_before_the_words_are_read() {
        let found = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            ColorArg::in_words(&words)
        };
        assert_eq!(found(&["x", "--help"]), ColorArg::Auto);
        assert_eq!(found(&["x", "--color", "never", "--help"]), ColorArg::Never);
        assert_eq!(found(&["x", "--help", "--color=always"]), ColorArg::Always);
        assert_eq!(found(&["x", "--color=loud"]), ColorArg::Auto);
    }
}
