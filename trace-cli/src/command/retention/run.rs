//! `behavior-trace retention run`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::{Retention, RetentionPreview, RetentionReport};
use clap::Args;
use serde::Serialize;

use super::preview::{LIMIT, rows};
use crate::args::KeepArgs;
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::output::{OutputRecord, TextCell};
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// What becomes of old rows, and the pace.
#[derive(Args, Debug)]
pub(super) struct RetentionRunArgs {
    /// Limits the rows per second, whatever the server can do
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    max_rows_per_second: Option<u32>,
    /// Pause after each step, as a multiple of its duration
    #[arg(long, value_name = "TIMES", default_value_t = Retention::DEFAULT_PAUSE_FACTOR)]
    pause_factor: u32,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    way: WayArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct WayArgs {
    /// Moves old rows to the archive
    #[arg(long)]
    archive: bool,
    /// Deletes old rows
    #[arg(long)]
    delete: bool,
}

impl WayArgs {
    /// Returns the words for what is about to be done, and for what was done.
    const fn words(&self) -> (&'static str, &'static str) {
        if self.delete {
            ("delete", "deleted")
        } else {
            ("move to the archive", "moved")
        }
    }
}

pub(super) async fn run(
    session: &mut CommandSession,
    args: RetentionRunArgs,
) -> Result<(), Failure> {
    let url = session.database_url()?;
    let name = url.database_name();
    let retention = retention(&args, &url);
    let preview = retention.preview_up_to(LIMIT).await?;
    let (to_do, done) = args.way.words();
    // It is a part of the question, and no note.
    print_message(&shown(session, &preview, &name));
    let change = format!("{to_do} {} of `{name}`", rows(&preview));
    args.confirm.check(&change)?;
    if preview.rows > 0 {
        args.confirm.ask(&change, &name).await?;
    }
    // Rows grow old while the question is open.
    let retention = retention.keep_from(preview.before);
    let report = work(session, &retention, &preview, done).await?;
    let summary = RetentionSummary { done, report };
    Ok(session.output.one(&summary, &session.clock)?)
}

fn retention(args: &RetentionRunArgs, url: &DatabaseUrl) -> Retention {
    let keep = args.keep.keep;
    let retention = if args.way.delete {
        Retention::delete(url, keep)
    } else {
        Retention::archive(url, keep)
    };
    let retention = retention.pause_factor(args.pause_factor);
    match args.max_rows_per_second {
        Some(rows) => retention.max_rows_per_second(rows),
        None => retention,
    }
}

fn shown(session: &CommandSession, preview: &RetentionPreview, name: &str) -> String {
    let clock = &session.clock;
    let zone = clock.zone();
    let before = clock.show(preview.before);
    let oldest = match preview.oldest {
        Some(oldest) => format!("the oldest row is of {} {zone}", clock.show(oldest)),
        None => "the table is empty".to_owned(),
    };
    format!(
        "{} of `{name}` are older than {before} {zone}; {oldest}",
        rows(preview)
    )
}

/// Runs with progress. An error names what was done before.
async fn work(
    session: &CommandSession,
    retention: &Retention,
    preview: &RetentionPreview,
    done: &'static str,
) -> Result<RetentionReport, Failure> {
    let on_interrupt = session.on_interrupt();
    on_interrupt.set("interrupted before the first step was done; run the same command again");
    let progress = ProgressDisplay::new(session, preview.is_exact.then_some(preview.rows));
    let removed = Arc::new(AtomicU64::new(0));
    let so_far_removed = Arc::clone(&removed);
    let run = retention.run(move |so_far| {
        so_far_removed.store(so_far.rows, Ordering::Relaxed);
        let words = words(so_far, done);
        on_interrupt.set(format!(
            "interrupted: {words}, and perhaps one step more; run the same command again to go on"
        ));
        progress.at(so_far.rows, || words);
    });
    run.await.map_err(|error| {
        let failure = Failure::from(error);
        match removed.load(Ordering::Relaxed) {
            0 => failure,
            rows => failure.also(&format!(
                "{rows} rows were {done} before; run the same command again to go on"
            )),
        }
    })
}

fn words(report: RetentionReport, done: &str) -> String {
    let RetentionReport { rows, steps, .. } = report;
    format!("{rows} rows {done} in {steps} steps")
}

/// Result of a run.
#[derive(Serialize)]
struct RetentionSummary {
    done: &'static str,
    #[serde(flatten)]
    report: RetentionReport,
}

impl OutputRecord for RetentionSummary {
    const FIELDS: &'static [&'static str] = &["done", "rows", "steps", "before", "elapsed_seconds"];

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let before = format!("before ({})", clock.zone());
        ["done", "rows", "steps", &before, "seconds"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let report = &self.report;
        vec![
            TextCell::new(self.done),
            TextCell::number(report.rows),
            TextCell::number(report.steps),
            TextCell::new(clock.show(report.before)),
            TextCell::number(format_args!("{:.1}", report.elapsed.as_secs_f64())),
        ]
    }
}
