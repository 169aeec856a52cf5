//! A list of items, printed one by one.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::marker::PhantomData;

use serde_json::value::RawValue;

use super::table::{table_text, terminal_width};
use super::{Numbered, Output, OutputFormat, OutputRecord, SCHEMA, TextCell};
use crate::when::ZonedClock;

/// Rows of a table before it is printed. A longer list is several tables.
const TABLE_ROWS: usize = 1_000;

/// Maximum width up to which the columns of lines are aligned.
const MAX_PADDING: usize = 32;

/// A list of items. Memory is bounded, whatever its length.
pub(crate) struct RecordList<'a, R> {
    output: &'a mut Output,
    clock: &'a ZonedClock,
    /// Lines of the table that was begun.
    table: Vec<Vec<TextCell>>,
    /// Widths of the columns so far, where the items are lines.
    widths: Vec<usize>,
    items: u64,
    record: PhantomData<R>,
}

impl<'a, R: OutputRecord> RecordList<'a, R> {
    pub(super) fn new(output: &'a mut Output, clock: &'a ZonedClock) -> Self {
        Self {
            output,
            clock,
            table: Vec::new(),
            widths: Vec::new(),
            items: 0,
            record: PhantomData,
        }
    }

    /// Adds an item.
    pub(crate) fn item(&mut self, item: &R) -> io::Result<()> {
        self.begin()?;
        let writer = &mut self.output.writer;
        match self.output.format {
            OutputFormat::Table => {
                self.table.push(item.cells(self.clock));
                if self.table.len() >= TABLE_ROWS {
                    self.flush_table()?;
                }
            }
            OutputFormat::Json => {
                let before: &[u8] = if self.items > 0 { b",\n" } else { b"\n" };
                writer.write_all(before)?;
                serde_json::to_writer(writer, item)?;
            }
            OutputFormat::Jsonl => {
                serde_json::to_writer(&mut *writer, &Numbered::new(item))?;
                writer.write_all(b"\n")?;
            }
            OutputFormat::Csv => csv_line(writer, &fields(item)?)?,
        }
        self.items += 1;
        Ok(())
    }

    /// Adds an item of a list that has no end: a line of its own in place of a table's.
    pub(crate) fn line(&mut self, item: &R) -> io::Result<()> {
        if self.output.format != OutputFormat::Table {
            return self.item(item);
        }
        self.items += 1;
        let cells = item.cells(self.clock);
        self.widths.resize(cells.len(), 0);
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.width().clamp(*width, MAX_PADDING.max(*width));
        }
        self.output.cells_in_line(&cells, &self.widths)
    }

    /// Makes all items visible, for a list that waits for more.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.flush_table()?;
        self.output.writer.flush()
    }

    /// Ends the list. `next` is the cursor of the next page, a part of JSON alone.
    pub(crate) fn end(mut self, next: Option<&str>) -> io::Result<()> {
        self.begin()?;
        if self.output.format == OutputFormat::Json {
            let next = serde_json::to_string(&next)?;
            writeln!(self.output.writer, "\n],\"next\":{next}}}")?;
        }
        self.flush()
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.items > 0 {
            return Ok(());
        }
        let writer = &mut self.output.writer;
        match self.output.format {
            OutputFormat::Json => write!(writer, "{{\"schema\":{SCHEMA},\"items\":["),
            OutputFormat::Csv => {
                let headings: Vec<_> = R::FIELDS.iter().map(ToString::to_string).collect();
                csv_line(writer, &headings)
            }
            OutputFormat::Table | OutputFormat::Jsonl => Ok(()),
        }
    }

    fn flush_table(&mut self) -> io::Result<()> {
        if self.table.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.table);
        let headings = R::headings(self.clock);
        let text = table_text(&headings, &rows, self.output.colors, terminal_width());
        self.output.text(&text)
    }
}

fn csv_line(writer: &mut impl Write, fields: &[String]) -> io::Result<()> {
    let mut line = csv::WriterBuilder::new().from_writer(writer);
    line.write_record(fields).map_err(io_error)?;
    line.flush()
}

/// Returns the error of the output with its kind, which the conversion of the library drops.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Returns the fields of an item in order: texts as they are, NULL as nothing, all else as JSON.
fn fields<R: OutputRecord>(item: &R) -> io::Result<Vec<String>> {
    let text = serde_json::to_string(item)?;
    let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text)?;
    let field = |name: &&str| match object.get(*name).map(|value| value.get()) {
        None | Some("null") => Ok(String::new()),
        Some(text) if text.starts_with('"') => Ok(serde_json::from_str(text)?),
        Some(json) => Ok(json.to_owned()),
    };
    R::FIELDS.iter().map(field).collect()
}
