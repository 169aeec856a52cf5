//! `behavior-trace export`.

mod args;
mod destination;
mod identity;
mod state;
mod target;

use behavior_trace::export::{Export, ExportError, ExportProgress};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{OutputRecord, TextCell};
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::when::ZonedClock;
pub(crate) use args::ExportArgs;
use destination::{ExportDestination, SharedDestination};
use state::StateFile;

/// Result of an export into a file.
#[derive(Serialize)]
struct ExportSummary {
    file: String,
    rows: u64,
    last_id: u64,
}

pub(crate) async fn run(session: &mut CommandSession, args: ExportArgs) -> Result<(), Failure> {
    args.check()?;
    let state = args.state.clone();
    let state = state.map(|path| StateFile::open(path, &args.bound_to(session)?));
    let state = state.transpose()?;
    let after = state
        .as_ref()
        .map_or(args.after_id, |state| state.place().last_id);
    let export = args.export(session)?.after_id(after);
    // A database that cannot be read leaves no file behind.
    session.reader()?.query().first().await?;
    let destination = ExportDestination::open(
        args.to.as_deref(),
        args.overwrite,
        state,
        args.format(session).data(),
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
