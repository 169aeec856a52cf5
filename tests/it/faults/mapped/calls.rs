//! The calls that killed applications have noted, beside the rows in the table.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Threads of an application that record.
pub(super) const SLOTS: usize = 8;
/// Maximum number of events of one call: a unit of work.
pub(super) const UNIT: u64 = 3;

/// Number of returned calls of each thread, in a file. It is noted after the call, and outlives a kill as every write does.
pub(super) struct Notes(File);

impl Notes {
    pub(super) fn create(path: &Path) -> Self {
        fs::write(path, [0; 8 * (SLOTS + 1)]).expect("a file");
        Self(File::options().write(true).open(path).expect("a file"))
    }

    pub(super) fn open(path: &Path) -> Self {
        Self(File::options().write(true).open(path).expect("a file"))
    }

    /// Notes that all events of a thread up to this number were recorded.
    pub(super) fn returned(&self, slot: usize, number: u64) {
        let at = slot as u64 * 8;
        self.0
            .write_all_at(&number.to_le_bytes(), at)
            .expect("room on the disk");
    }

    /// Notes the number of events that the recorder counted as dropped.
    pub(super) fn dropped(&self, number: u64) {
        self.returned(SLOTS, number);
    }
}

/// The notes of all applications of a row, and what is in the table of them.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) returned: u64,
    pub(super) lost: Vec<String>,
    pub(super) in_flight: u64,
    /// Rows of a call that the notes do not explain.
    pub(super) strange: Vec<String>,
    pub(super) same_event: usize,
    pub(super) dropped: u64,
    pub(super) counts: HashMap<String, u64>,
}

impl Comparison {
    /// Compares the notes in a directory, one file for each application, with rows.
    pub(super) fn of(notes: &Path, rows: &[(String, String)]) -> Self {
        let mut compared = Self::default();
        let mut events = HashSet::new();
        for (id, event) in rows {
            *compared.counts.entry(id.clone()).or_default() += 1;
            if !events.insert(event) {
                compared.same_event += 1;
            }
        }
        let mut explained = 0;
        for path in files(notes) {
            explained += compared.application(&path);
        }
        if explained != compared.counts.len() {
            let about = format!("{explained} of {} ids are explained", compared.counts.len());
            compared.strange.push(about);
        }
        compared
    }

    fn application(&mut self, path: &Path) -> usize {
        let name = path.file_name().expect("a name").to_string_lossy();
        let bytes = fs::read(path).expect("notes");
        let (numbers, _) = bytes.as_chunks::<8>();
        let mut explained = 0;
        for (slot, last) in numbers[..SLOTS].iter().enumerate() {
            let last = u64::from_le_bytes(*last);
            self.returned += last;
            for number in 1..=last {
                let id = format!("{name}-{slot}-{number}");
                if self.counts.contains_key(&id) {
                    explained += 1;
                } else {
                    self.lost.push(id);
                }
            }
            for number in last + 1..=last + UNIT {
                if self.counts.contains_key(&format!("{name}-{slot}-{number}")) {
                    explained += 1;
                    self.in_flight += 1;
                }
            }
        }
        self.dropped += u64::from_le_bytes(numbers[SLOTS]);
        explained
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("notes");
    entries.map(|entry| entry.expect("notes").path()).collect()
}
