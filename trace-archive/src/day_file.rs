//! A file that is being made: rows of one day, in memory.

use behavior_trace_store::StoredActivity;
use bytes::Bytes;
use parquet::file::writer::SerializedFileWriter;
use sha2::{Digest as _, Sha256};

use crate::columns::{BufferedRows, properties, schema};
use crate::error::ArchiveError;
use crate::manifest::ArchiveFile;

/// Rows of one day: encoded row groups, and rows that wait for the next one.
pub(crate) struct DayFile {
    day: String,
    writer: SerializedFileWriter<Vec<u8>>,
    buffered: BufferedRows,
    rows: u64,
    first_id: u64,
    last_id: u64,
}

/// A complete file that is not in the archive yet.
pub(crate) struct FinishedFile {
    pub(crate) file: ArchiveFile,
    pub(crate) content: Bytes,
}

impl DayFile {
    pub(crate) fn new(day: String) -> Result<Self, ArchiveError> {
        Ok(Self {
            day,
            writer: SerializedFileWriter::new(Vec::new(), schema()?, properties())?,
            buffered: BufferedRows::default(),
            rows: 0,
            first_id: u64::MAX,
            last_id: 0,
        })
    }

    pub(crate) fn push(&mut self, row: StoredActivity) {
        self.rows += 1;
        self.first_id = self.first_id.min(row.id);
        self.last_id = self.last_id.max(row.id);
        self.buffered.push(row);
    }

    /// Returns about how many bytes wait for their row group.
    pub(crate) const fn buffered(&self) -> usize {
        self.buffered.bytes()
    }

    /// Returns the size of the encoded row groups.
    pub(crate) fn encoded(&self) -> usize {
        self.writer.bytes_written()
    }

    /// Encodes the rows that wait as a row group.
    pub(crate) fn encode(&mut self) -> Result<(), ArchiveError> {
        if self.buffered() > 0 {
            self.buffered.write_to(self.writer.next_row_group()?)?;
        }
        Ok(())
    }

    /// Completes the file, and names it by its ids.
    pub(crate) fn finish(mut self) -> Result<FinishedFile, ArchiveError> {
        self.encode()?;
        let content = Bytes::from(self.writer.into_inner()?);
        let path = format!("dt={}/{}-{}.parquet", self.day, self.first_id, self.last_id);
        let file = ArchiveFile {
            path,
            day: self.day,
            rows: self.rows,
            first_id: self.first_id,
            last_id: self.last_id,
            bytes: content.len() as u64,
            sha256: sha256(&content),
        };
        Ok(FinishedFile { file, content })
    }
}

/// Returns a checksum as `sha256sum` prints it.
pub(crate) fn sha256(content: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
