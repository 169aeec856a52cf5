//! What an export is asked for.

use std::path::{self, Path, PathBuf};
use std::time::Duration;

use behavior_trace::export::{Export, ExportFormat};
use clap::{Args, ValueEnum};

use crate::args::FilterArgs;
use crate::failure::Failure;
use crate::output::{DataForm, OutputFormat};
use crate::session::CommandSession;

/// Filters, where the rows go, and from where on.
#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// File to write, private to its owner [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// Form of the rows [default: csv with --output csv, else jsonl]
    #[arg(long, value_name = "FORM")]
    format: Option<FormatArg>,
    /// Marks texts that a spreadsheet would take for a formula with a leading `'`; for CSV
    #[arg(long)]
    spreadsheet: bool,
    /// File that keeps the place: the same command goes on there, after an interrupt or the next night
    #[arg(long, value_name = "FILE", conflicts_with_all = ["after_id", "overwrite"])]
    pub(super) state: Option<PathBuf>,
    /// Begins after this id, the end of an earlier export
    #[arg(long, value_name = "ID", default_value_t = 0)]
    pub(super) after_id: u64,
    /// Replaces the file if it is there
    #[arg(long, requires = "to")]
    pub(super) overwrite: bool,
    /// Includes the archive, to which retention moves rows
    #[arg(long)]
    with_archive: bool,
    /// Longest time from the insert of a row to its commit, for which the export waits
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = crate::when::duration)]
    settle: Duration,
    #[command(flatten)]
    filters: FilterArgs,
}

/// Form of exported rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    Jsonl,
    Csv,
}

impl FormatArg {
    pub(super) const fn data(self) -> DataForm {
        match self {
            Self::Jsonl => DataForm::Json,
            Self::Csv => DataForm::Csv,
        }
    }
}

impl ExportArgs {
    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(state) = &self.state else {
            return Ok(());
        };
        if self
            .to
            .as_deref()
            .is_some_and(|to| absolute(to) == absolute(state))
        {
            return Err(Failure::usage(
                "--to and --state are one file; name another file for the state",
            ));
        }
        if self.filters.has_relative_time() {
            return Err(Failure::usage(
                "a time relative to now is another one in the next run with this --state; write a date, or leave it out, since the \
             state goes on after the last row",
            ));
        }
        Ok(())
    }

    /// Returns the export, but for the place where it begins.
    pub(super) fn export(&self, session: &CommandSession) -> Result<Export, Failure> {
        let export = session.reader()?.export().settle_delay(self.settle);
        let export = export.format(match (self.format(session), self.spreadsheet) {
            (FormatArg::Jsonl, false) => ExportFormat::JsonLines,
            (FormatArg::Csv, false) => ExportFormat::Csv,
            (FormatArg::Csv, true) => ExportFormat::SpreadsheetCsv,
            (FormatArg::Jsonl, true) => {
                return Err(Failure::usage("--spreadsheet is for CSV; add --format csv"));
            }
        });
        let export = self.filters.export(export, &session.clock)?;
        Ok(if self.with_archive {
            export.with_archive()
        } else {
            export
        })
    }

    /// Returns the form of the rows. JSON and tables have an end, and an export may be long.
    pub(super) fn format(&self, session: &CommandSession) -> FormatArg {
        self.format.unwrap_or(match session.settings.output {
            Some(OutputFormat::Csv) => FormatArg::Csv,
            _ => FormatArg::Jsonl,
        })
    }

    /// Returns a text of everything that decides which rows there are and how they look.
    pub(super) fn bound_to(&self, session: &CommandSession) -> Result<String, Failure> {
        let filters = &self.filters;
        let format = self.format(session);
        let marks = if self.spreadsheet {
            " for a spreadsheet"
        } else {
            ""
        };
        let archive = if self.with_archive {
            " with the archive"
        } else {
            ""
        };
        let url = session.database_url()?;
        let to = self.to.as_deref().map(absolute);
        let to = to.map_or_else(
            || "standard output".to_owned(),
            |path| path.display().to_string(),
        );
        let zone = if filters.has_time() {
            format!(" in the zone {}", session.clock.zone())
        } else {
            String::new()
        };
        Ok(format!(
            "{url}{archive} as {format:?}{marks} to {to}, {}{zone}",
            filters.in_words()
        ))
    }
}

fn absolute(path: &Path) -> PathBuf {
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
