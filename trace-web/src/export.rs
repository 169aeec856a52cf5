//! Exports: what the filter finds, as a file.

use std::convert::Infallible;

use behavior_trace_store::ExportFormat;
use futures_util::stream;
use http::{HeaderValue, Response, header};

use crate::access::{AccessError, Ask, PageRows, ViewerAccess};
use crate::body::TimelineBody;
use crate::failure::PageFailure;
use crate::moment::day;
use crate::page::timeline::{conditions, lacks_time};
use crate::pieces::{self, Permits};
use crate::request::ExportRoute;
use crate::row::PageRow;
use crate::texts;
use crate::view::View;

/// Rows of an export.
pub(crate) const MAX_ROWS: usize = 100_000;
/// Exports at a time. Each reads its rows as fast as its client takes them.
pub(crate) const MAX_EXPORTS: usize = 4;
/// Rows of a query.
const BATCH: usize = 1_000;

/// Returns the rows of the filter as a file, newest first. They are fetched and sent in batches.
pub(crate) async fn export(
    view: View<'_>,
    export: ExportRoute,
    permits: &Permits,
) -> Result<Response<TimelineBody>, PageFailure> {
    let ask = ask(view)?;
    let permit = permits.take().ok_or(PageFailure::TooManyExports)?;
    // The first batch comes before the answer, so that an error has its status.
    let first = view.access.page(&ask).await?;
    let ends = view
        .text(texts::EXPORT_ENDS)
        .replace("{count}", &MAX_ROWS.to_string());
    let batches = Batches {
        access: view.access.clone(),
        ask,
        format: format_of(export),
        sent: 0,
        max: MAX_ROWS,
        ends,
        next: NextBatch::Rows(first),
    };
    let text = stream::unfold(batches, async |mut batches| {
        let text = batches.next().await?;
        Some((text.ok(), batches))
    });
    Ok(answer(view, export, pieces::body(text, permit)))
}

/// Returns the answer to HEAD: that of an export, without one. It asks the database nothing.
pub(crate) fn head(
    view: View<'_>,
    export: ExportRoute,
) -> Result<Response<TimelineBody>, PageFailure> {
    view.access.check(&ask(view)?.conditions)?;
    Ok(answer(view, export, pieces::no_body()))
}

/// Returns what an export asks for first.
fn ask(view: View<'_>) -> Result<Ask, PageFailure> {
    let conditions = conditions(view)?;
    if lacks_time(&conditions) {
        return Err(PageFailure::NeedsTime);
    }
    Ok(Ask {
        conditions,
        after: None,
        limit: BATCH,
        oldest_first: false,
    })
}

fn answer(view: View<'_>, export: ExportRoute, body: TimelineBody) -> Response<TimelineBody> {
    let mut response = Response::new(body);
    let name = format!("activity-{}.{}", day(view.asked.now), extension(export));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(export)),
    );
    if let Ok(attachment) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, attachment);
    }
    response
}

/// Returns the format. A person opens the file, so a text that a spreadsheet may take for a formula is marked.
const fn format_of(export: ExportRoute) -> ExportFormat {
    match export {
        ExportRoute::Csv => ExportFormat::SpreadsheetCsv,
        ExportRoute::JsonLines => ExportFormat::JsonLines,
    }
}

const fn extension(export: ExportRoute) -> &'static str {
    match export {
        ExportRoute::Csv => "csv",
        ExportRoute::JsonLines => "jsonl",
    }
}

const fn media_type(export: ExportRoute) -> &'static str {
    match export {
        ExportRoute::Csv => "text/csv; charset=utf-8",
        ExportRoute::JsonLines => "application/x-ndjson; charset=utf-8",
    }
}

/// The batches of an export.
struct Batches {
    access: ViewerAccess,
    ask: Ask,
    format: ExportFormat,
    sent: usize,
    max: usize,
    /// The last line of an export that leaves rows out.
    ends: String,
    next: NextBatch,
}

enum NextBatch {
    Rows(PageRows),
    Fetch,
    End,
}

/// An export that broke off. The client sees an incomplete file.
#[derive(Debug)]
struct BrokenOff;

impl Batches {
    /// Returns the text of the next batch.
    async fn next(&mut self) -> Option<Result<Vec<u8>, BrokenOff>> {
        let rows = match std::mem::replace(&mut self.next, NextBatch::End) {
            NextBatch::End => return None,
            NextBatch::Rows(rows) => rows,
            NextBatch::Fetch => match self.access.page(&self.ask).await {
                Ok(rows) => rows,
                Err(error) => return Some(Err(broken_off(&error))),
            },
        };
        Some(Ok(self.text(&rows)))
    }

    fn text(&mut self, rows: &PageRows) -> Vec<u8> {
        let mut text = Vec::new();
        if self.sent == 0 {
            self.format.write_header(&mut text);
        }
        for row in &rows.items {
            self.line(row, &mut text);
        }
        self.sent += rows.items.len();
        match &rows.next {
            Some(_) if self.sent >= self.max => self.last_line(&mut text),
            Some(cursor) => {
                self.ask.after = Some(cursor.clone());
                self.next = NextBatch::Fetch;
            }
            None => {}
        }
        text
    }

    fn line(&self, row: &PageRow, text: &mut Vec<u8>) {
        // Writing to memory cannot fail, but a payload is no JSON if other software wrote it: such a row is a string.
        let written: Result<(), Infallible> = self.format.write_row(&row.stored, text).or(Ok(()));
        let Ok(()) = written;
    }

    /// Writes that there are more rows, in the place of one.
    fn last_line(&self, text: &mut Vec<u8>) {
        let ends = serde_json::Value::from(&*self.ends).to_string();
        let line = match self.format {
            ExportFormat::JsonLines => format!("{{\"export_ends\":{ends}}}\n"),
            _ => format!("\"{}\"\r\n", self.ends.replace('"', "\"\"")),
        };
        text.extend_from_slice(line.as_bytes());
    }
}

fn broken_off(error: &AccessError) -> BrokenOff {
    tracing::warn!(target: "behavior_trace_web", ?error, "an export of the timeline broke off");
    BrokenOff
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Timestamp, activity};
    use behavior_trace_store::testing::insert_rows;
    use behavior_trace_store::{DatabaseUrl, Reader};

    use super::*;
    use crate::column::HiddenColumns;
    use crate::viewer::Viewer;

    async fn text_of(format: ExportFormat, rows: i64, max: usize) -> String {
        let url = DatabaseUrl::memory();
        let rows: Vec<_> = (0..rows)
            .map(|number| {
                activity! {
                    event_id: uuid::Uuid::from_u128(number.unsigned_abs().into()),
                    occurred_at: Timestamp::from_micros(number),
                    payload: "{}".into(),
                }
            })
            .collect();
        insert_rows(&url, &rows).await.expect("stored");
        let access = ViewerAccess::new(
            Reader::new(&url),
            Viewer::new("ada"),
            &HiddenColumns::default(),
        );
        let ask = Ask {
            conditions: Vec::new(),
            after: None,
            limit: 2,
            oldest_first: false,
        };
        let mut batches = Batches {
            access,
            ask,
            format,
            sent: 0,
            max,
            ends: "There are \"more\".".to_owned(),
            next: NextBatch::Fetch,
        };
        let mut text = Vec::new();
        while let Some(batch) = batches.next().await {
            text.extend(batch.expect("a batch"));
        }
        String::from_utf8(text).expect("UTF-8")
    }

    #[tokio::test]
    async fn an_export_with_a_row_too_many_has_a_last_line_about_it() {
        let csv = text_of(ExportFormat::SpreadsheetCsv, 5, 4).await;
        assert_eq!(csv.lines().count(), 1 + 4 + 1, "{csv}");
        assert!(csv.ends_with("\"There are \"\"more\"\".\"\r\n"), "{csv}");
        let json = text_of(ExportFormat::JsonLines, 5, 4).await;
        assert!(
            json.ends_with("{\"export_ends\":\"There are \\\"more\\\".\"}\n"),
            "{json}"
        );
    }

    #[tokio::test]
    async fn an_export_within_its_bound_has_each_row_once_and_no_more() {
        for rows in [0, 1, 3, 4] {
            let json = text_of(ExportFormat::JsonLines, rows, 4).await;
            assert_eq!(i64::try_from(json.lines().count()), Ok(rows), "{json}");
            assert!(!json.contains("export_ends"), "{json}");
        }
    }
}
