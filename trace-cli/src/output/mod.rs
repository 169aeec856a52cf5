//! Data on standard output: as a table, JSON, JSON lines or CSV.

mod activity;
mod cell;
mod damaged;
mod details;
mod escape;
mod list;
mod pipe;
mod screen;
mod table;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};

use behavior_trace::Activity;
use clap::ValueEnum;
use serde::Serialize;

pub(crate) use activity::{ActivityRow, action, in_full, resource};
pub(crate) use cell::{Color, TextCell};
pub(crate) use escape::escaped;
pub(crate) use list::RecordList;
pub(crate) use pipe::reader_has_left;
pub(crate) use screen::{DataForm, DataWriter};

use crate::when::ZonedClock;

/// Number of the form of JSON. It grows where a key is removed or changes its meaning.
pub(crate) const SCHEMA: u32 = 1;

/// Returns the columns of a row between fields of the output's own.
pub(crate) const fn with_columns<const FIELDS: usize>(
    before: &[&'static str],
    after: &[&'static str],
) -> [&'static str; FIELDS] {
    let parts = [before, &Activity::COLUMNS, after];
    let mut fields = [""; FIELDS];
    let (mut part, mut at, mut field) = (0, 0, 0);
    while part < parts.len() {
        if at < parts[part].len() {
            fields[field] = parts[part][at];
            (at, field) = (at + 1, field + 1);
        } else {
            (part, at) = (part + 1, 0);
        }
    }
    fields
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutputFormat {
    Table,
    Json,
    Jsonl,
    Csv,
}

impl OutputFormat {
    /// Returns the form of data; `None` for a table, whose cells are escaped.
    const fn data(self) -> Option<DataForm> {
        match self {
            Self::Table => None,
            Self::Json | Self::Jsonl => Some(DataForm::Json),
            Self::Csv => Some(DataForm::Csv),
        }
    }
}

/// One item of an output.
pub(crate) trait OutputRecord: Serialize {
    /// Keys of its JSON, in the order of the columns of CSV.
    const FIELDS: &'static [&'static str];

    /// Headings of the table.
    fn headings(clock: &ZonedClock) -> Vec<String>;

    /// Cells of the table's line. The output escapes their texts.
    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell>;
}

/// Standard output with its form.
pub(crate) struct Output {
    pub(crate) format: OutputFormat,
    pub(crate) colors: bool,
    writer: DataWriter,
}

impl Output {
    /// Chooses a table on a terminal and JSON lines elsewhere, where nothing is set.
    pub(crate) fn new(format: Option<OutputFormat>) -> Self {
        let stdout = io::stdout();
        let usual = if stdout.is_terminal() {
            OutputFormat::Table
        } else {
            OutputFormat::Jsonl
        };
        let choice = anstream::AutoStream::choice(&stdout);
        let format = format.unwrap_or(usual);
        Self {
            format,
            colors: choice != anstream::ColorChoice::Never,
            writer: DataWriter::stdout(format.data()),
        }
    }

    /// Begins a list of items.
    pub(crate) fn list<'a, R: OutputRecord>(
        &'a mut self,
        clock: &'a ZonedClock,
    ) -> RecordList<'a, R> {
        RecordList::new(self, clock)
    }

    /// Prints one item as a list of one, and in JSON as the object alone.
    pub(crate) fn one<R: OutputRecord>(&mut self, item: &R, clock: &ZonedClock) -> io::Result<()> {
        if self.format == OutputFormat::Json {
            return self.json(item);
        }
        let mut list = self.list(clock);
        list.item(item)?;
        list.end(None)
    }

    /// Prints an object as JSON with the number of the form.
    pub(crate) fn json(&mut self, item: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, &Numbered::new(item))?;
        self.writer.write_all(b"\n")?;
        self.writer.flush()
    }

    /// Prints a text as it is, such as SQL.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            self.writer.write_all(b"\n")?;
        }
        self.writer.flush()
    }

    /// Prints names and values below each other, for one thing in full.
    pub(crate) fn pairs(&mut self, pairs: &[(String, TextCell)]) -> io::Result<()> {
        self.text(&pairs_text(pairs, self.colors))
    }

    /// Prints a line of a table that has no end, with columns of at least these widths.
    fn cells_in_line(&mut self, cells: &[TextCell], widths: &[usize]) -> io::Result<()> {
        let padded = |(cell, width): (&TextCell, &usize)| {
            let blanks = width.saturating_sub(cell.width());
            format!("{}{:blanks$}", cell.painted(self.colors), "")
        };
        let cells: Vec<_> = cells.iter().zip(widths).map(padded).collect();
        self.text(cells.join("  ").trim_end())
    }
}

/// Returns names and values below each other.
fn pairs_text(pairs: &[(String, TextCell)], colors: bool) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, cell) in pairs {
        let name = TextCell::new(format!("{name:width$}")).color(Color::Dim);
        // Further lines begin below the first one.
        let value = cell
            .painted(colors)
            .replace('\n', &format!("\n{:width$}  ", ""));
        let _ = writeln!(text, "{}  {value}", name.painted(colors));
    }
    text
}

/// An object with the number of its form as the first key.
#[derive(Serialize)]
pub(crate) struct Numbered<'a, T> {
    schema: u32,
    #[serde(flatten)]
    item: &'a T,
}

impl<'a, T> Numbered<'a, T> {
    pub(crate) fn new(item: &'a T) -> Self {
        Self {
            schema: SCHEMA,
            item,
        }
    }
}
