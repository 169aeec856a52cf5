//! Publication to files.

use behavior_trace::export::HiddenFields;
use behavior_trace_archive::{Archive, Manifest, Publication, PublicationReport};
use serde::Serialize;

use super::PublishArgs;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::message::print_message;
use crate::output::{OutputRecord, RecordList, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// Publishes until it is interrupted, and seals what it has read.
pub(super) async fn run(
    session: &mut CommandSession,
    args: PublishArgs,
    hidden: HiddenFields,
) -> Result<(), Failure> {
    let archive = Archive::open(&args.to)?;
    let reader = session.reader()?;
    // A database that cannot be read is an error at the start. Later it is waited for.
    reader.query().first().await?;
    super::announce(session, &archive, &hidden)?;
    let publication = Publication::new(reader, archive)
        .hide(hidden)
        .every(args.every)
        .poll_interval(args.poll_interval)
        .settle_delay(args.settle);
    let publication = if args.once {
        publication.once()
    } else {
        publication
    };
    let quiet = session.quiet;
    let mut printer = SealPrinter {
        list: session.output.list(&session.clock),
        failed: None,
    };
    let mut is_interrupted = false;
    let stop = async {
        interrupted().await;
        is_interrupted = true;
    };
    let report = publication
        .run(stop, |manifest| printer.print(manifest))
        .await?;
    printer.end(args.once)?;
    if !quiet {
        note_orphans(&report);
    }
    ended(&report, is_interrupted)
}

fn note_orphans(report: &PublicationReport) {
    if !report.orphans.is_empty() {
        print_message(&format!(
            "files of killed runs, which no manifest names: {}; remove them, or read the files of the manifests alone",
            report.orphans.join(", ")
        ));
    }
}

/// Returns the end of the run: an interrupt, or rows that are missing.
fn ended(report: &PublicationReport, is_interrupted: bool) -> Result<(), Failure> {
    let PublicationReport { rows, files, .. } = report;
    let done = format!("{rows} rows in {files} files");
    let missing = report.gaps_given_up + report.passed_over;
    super::ended(&done, missing, is_interrupted)
}

/// Prints each seal. A reader that leaves does not end the publication.
struct SealPrinter<'a> {
    list: RecordList<'a, SealRow>,
    failed: Option<Failure>,
}

impl SealPrinter<'_> {
    fn print(&mut self, manifest: &Manifest) {
        if self.failed.is_some() {
            return;
        }
        let row = SealRow::of(manifest);
        let printed = self.list.line(&row).and_then(|()| self.list.flush());
        self.failed = printed.err().map(Failure::from);
    }

    fn end(self, once: bool) -> Result<(), Failure> {
        match self.failed {
            Some(failure) => Err(failure),
            None if once => Ok(self.list.end(None)?),
            None => Ok(()),
        }
    }
}

/// A seal as an item of a list.
#[derive(Serialize)]
struct SealRow {
    seal: u64,
    rows: u64,
    first_id: u64,
    last_id: u64,
    bytes: u64,
    files: Vec<String>,
}

impl SealRow {
    fn of(manifest: &Manifest) -> Self {
        let files = &manifest.files;
        Self {
            seal: manifest.seal,
            rows: manifest.rows,
            first_id: files
                .iter()
                .map(|file| file.first_id)
                .min()
                .unwrap_or_default(),
            last_id: files
                .iter()
                .map(|file| file.last_id)
                .max()
                .unwrap_or_default(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            files: files.iter().map(|file| file.path.clone()).collect(),
        }
    }
}

impl OutputRecord for SealRow {
    const FIELDS: &'static [&'static str] =
        &["seal", "rows", "first_id", "last_id", "bytes", "files"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["seal", "rows", "first id", "last id", "bytes", "files"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let numbers = [
            self.seal,
            self.rows,
            self.first_id,
            self.last_id,
            self.bytes,
        ];
        let mut cells: Vec<_> = numbers.map(TextCell::number).to_vec();
        cells.push(TextCell::of_lines(&self.files));
        cells
    }
}
