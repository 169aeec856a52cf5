//! `behavior-trace retention preview`.

use behavior_trace::retention::{Retention, RetentionPreview};
use clap::Args;
use serde::Serialize;

use crate::args::KeepArgs;
use crate::failure::Failure;
use crate::output::{OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// The age, and how far to count.
#[derive(Args, Debug)]
pub(super) struct PreviewArgs {
    /// Rows at which the count stops
    #[arg(long, value_name = "ROWS", default_value_t = LIMIT)]
    limit: u64,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Rows at which a count stops, which takes a second at most on an ordinary server.
pub(super) const LIMIT: u64 = 1_000_000;

pub(super) async fn run(session: &mut CommandSession, args: PreviewArgs) -> Result<(), Failure> {
    // Archiving and deleting remove the same rows.
    let retention = Retention::archive(&session.database_url()?, args.keep.keep);
    let preview = retention.preview_up_to(args.limit).await?;
    let row = PreviewRow(preview);
    Ok(session.output.one(&row, &session.clock)?)
}

/// Returns the number of rows in words: `1200 rows`, or `at least 1000000 rows`.
pub(super) fn rows(preview: &RetentionPreview) -> String {
    let at_least = if preview.is_exact { "" } else { "at least " };
    format!("{at_least}{} rows", preview.rows)
}

/// A preview as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct PreviewRow(RetentionPreview);

impl OutputRecord for PreviewRow {
    const FIELDS: &'static [&'static str] = &["rows", "is_exact", "before", "oldest"];

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let zone = clock.zone();
        vec![
            "to remove".to_owned(),
            format!("before ({zone})"),
            format!("oldest row ({zone})"),
        ]
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let Self(preview) = self;
        let oldest = preview.oldest.map(|oldest| clock.show(oldest));
        vec![
            TextCell::new(rows(preview)),
            TextCell::new(clock.show(preview.before)),
            TextCell::new(oldest.unwrap_or_default()),
        ]
    }
}
