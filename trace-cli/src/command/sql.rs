//! SQL that the commands print for another client to run.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::{OutputFormat, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// Prints a script, or the rows of its statements where another form than a table is set. A pipe without a setting gets
/// the script too, as a client takes it.
pub(super) fn print_sql<R: OutputRecord>(
    session: &mut CommandSession,
    script: &str,
    rows: impl IntoIterator<Item = R>,
) -> Result<(), Failure> {
    if matches!(session.settings.output, None | Some(OutputFormat::Table)) {
        return Ok(session.output.text(script)?);
    }
    let mut list = session.output.list(&session.clock);
    for row in rows {
        list.item(&row)?;
    }
    Ok(list.end(None)?)
}

/// A statement as an item of a list.
#[derive(Serialize)]
pub(super) struct StatementRow {
    pub(super) statement: String,
}

impl OutputRecord for StatementRow {
    const FIELDS: &'static [&'static str] = &["statement"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        vec!["statement".to_owned()]
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![TextCell::new(&self.statement)]
    }
}
