//! `behavior-trace export`.

mod destination;
mod state;
mod target;

use std::path::{self, Path, PathBuf};
use std::time::Duration;

use behavior_trace::export::{Export, ExportError, ExportFormat, ExportProgress};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::args::FilterArgs;
use crate::failure::Failure;
use crate::output::{DataForm, OutputFormat, OutputRecord, TextCell};
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::when::ZonedClock;
use destination::{ExportDestination, SharedDestination};
use state::StateFile;

/// Filters, where the rows go, and from where on.
#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// File to write, private to its owner [default: standard output]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Form of the rows [default: csv with --output csv, else jsonl]
    #[arg(long, value_name = "FORM")]
    format: Option<FormatArg>,
    /// Marks texts that a spreadsheet would take for a formula with a leading `'`; for CSV
    #[arg(long)]
    spreadsheet: bool,
    /// File that keeps the place: the same command goes on there, after an interrupt or the next night
    #[arg(long, value_name = "FILE", conflicts_with_all = ["after_id", "overwrite"])]
    state: Option<PathBuf>,
    /// Begins after this id, the end of an earlier export
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after_id: u64,
    /// Replaces the file if it is there
    #[arg(long, requires = "to")]
    overwrite: bool,
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
enum FormatArg {
    Jsonl,
    Csv,
}

impl FormatArg {
    const fn data(self) -> DataForm {
        match self {
            Self::Jsonl => DataForm::Json,
            Self::Csv => DataForm::Csv,
        }
    }
}

/// Result of an export into a file.
#[derive(Serialize)]
struct ExportSummary {
    file: String,
    rows: u64,
    last_id: u64,
}

pub(crate) async fn run(session: &mut CommandSession, args: ExportArgs) -> Result<(), Failure> {
    check(&args)?;
    let state = args.state.clone();
    let state = state.map(|path| StateFile::open(path, &bound_to(session, &args)?));
    let state = state.transpose()?;
    let after = state
        .as_ref()
        .map_or(args.after_id, |state| state.place().last_id);
    let export = export(session, &args)?.after_id(after);
    // A database that cannot be read leaves no file behind.
    session.reader()?.query().first().await?;
    let destination = ExportDestination::open(
        args.to.as_deref(),
        args.overwrite,
        state,
        format(session, &args).data(),
    )?;
    let export = if destination.is_resumed() {
        export.without_header()
    } else {
        export
    };
    let mut destination = SharedDestination::new(destination);
    let written = write(session, &export, after, &mut destination).await;
    let done = written.map_err(|error| incomplete(&args, error))?;
    destination.finish(done.last_id)?;
    let Some(path) = &args.to else {
        session.note(&words(done));
        return Ok(());
    };
    let summary = ExportSummary {
        file: path.display().to_string(),
        rows: done.rows,
        last_id: done.last_id,
    };
    Ok(session.output.one(&summary, &session.clock)?)
}

/// Refuses what cannot be meant.
fn check(args: &ExportArgs) -> Result<(), Failure> {
    let Some(state) = &args.state else {
        return Ok(());
    };
    if args
        .to
        .as_deref()
        .is_some_and(|to| absolute(to) == absolute(state))
    {
        return Err(Failure::usage(
            "--to and --state are one file; name another file for the state",
        ));
    }
    if args.filters.has_relative_time() {
        return Err(Failure::usage(
            "a time relative to now is another one in the next run with this --state; write a date, or leave it out, since the \
             state goes on after the last row",
        ));
    }
    Ok(())
}

fn absolute(path: &Path) -> PathBuf {
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Adds what is to be done about the file. A reader of a named pipe that left has not read all, unlike one of standard output.
fn incomplete(args: &ExportArgs, error: ExportError) -> Failure {
    let Some(path) = &args.to else {
        return error.into();
    };
    let failure = match error {
        ExportError::Write(error) => {
            Failure::failed(format!("{} cannot be written: {error}", path.display()))
        }
        other => other.into(),
    };
    if args.state.is_some() {
        return failure.also("to go on, run the same command again");
    }
    failure.also(&format!(
        "{} is incomplete; to begin anew, pass --overwrite",
        path.display()
    ))
}

fn export(session: &CommandSession, args: &ExportArgs) -> Result<Export, Failure> {
    let export = session.reader()?.export().settle_delay(args.settle);
    let export = export.format(match (format(session, args), args.spreadsheet) {
        (FormatArg::Jsonl, false) => ExportFormat::JsonLines,
        (FormatArg::Csv, false) => ExportFormat::Csv,
        (FormatArg::Csv, true) => ExportFormat::SpreadsheetCsv,
        (FormatArg::Jsonl, true) => {
            return Err(Failure::usage("--spreadsheet is for CSV; add --format csv"));
        }
    });
    let export = args.filters.export(export, &session.clock)?;
    Ok(if args.with_archive {
        export.with_archive()
    } else {
        export
    })
}

/// Returns the form of the rows. JSON and tables have an end, and an export may be long.
fn format(session: &CommandSession, args: &ExportArgs) -> FormatArg {
    args.format.unwrap_or(match session.settings.output {
        Some(OutputFormat::Csv) => FormatArg::Csv,
        _ => FormatArg::Jsonl,
    })
}

/// Returns a text of everything that decides which rows there are and how they look.
fn bound_to(session: &CommandSession, args: &ExportArgs) -> Result<String, Failure> {
    let ExportArgs { filters, .. } = args;
    let format = format(session, args);
    let marks = if args.spreadsheet {
        " for a spreadsheet"
    } else {
        ""
    };
    let archive = if args.with_archive {
        " with the archive"
    } else {
        ""
    };
    let url = session.database_url()?;
    let to = args.to.as_deref().map(absolute);
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

async fn write(
    session: &CommandSession,
    export: &Export,
    after: u64,
    destination: &mut SharedDestination,
) -> Result<ExportProgress, ExportError> {
    let on_interrupt = session.on_interrupt();
    let again = destination.how_to_go_on();
    on_interrupt.set(format!("interrupted before the first row; {again}"));
    let mut progress = None;
    let reached = destination.clone();
    let done = export.write_to(destination, |so_far| {
        let total = so_far.up_to - after;
        let bar = progress.get_or_insert_with(|| ProgressDisplay::new(session, Some(total)));
        bar.at(so_far.last_id - after, || words(so_far));
        reached.reached(so_far.last_id);
        on_interrupt.set(format!("interrupted after {}; {again}", words(so_far)));
    });
    done.await
}

fn words(progress: ExportProgress) -> String {
    let ExportProgress { rows, last_id, .. } = progress;
    format!("{rows} rows up to id {last_id}")
}

impl OutputRecord for ExportSummary {
    const FIELDS: &'static [&'static str] = &["file", "rows", "last_id"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["file", "rows", "last id"].map(str::to_owned).to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![
            TextCell::new(&self.file),
            TextCell::number(self.rows),
            TextCell::number(self.last_id),
        ]
    }
}
