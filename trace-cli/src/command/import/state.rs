//! The place that an import reached, and what became of the rows up to it.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace::import::{Import, ImportReport};
use serde::{Deserialize, Serialize};

use super::names::NamesFile;
use super::totals::Totals;
use crate::failure::Failure;
use crate::state_file::{StateFile, StatePlace};

/// Time between two places that are kept.
const SAVE: Duration = Duration::from_secs(1);

/// The place of an import. It is bound to the databases, the options and the names of the import.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct ImportPlace {
    names: NamesFile,
    /// `None` before the first page.
    position: Option<String>,
    totals: Totals,
}

impl StatePlace for ImportPlace {
    const COMMAND: &'static str = "import";
}

/// Keeper of the place, if there is a file for it.
pub(super) struct Keeper {
    file: Option<StateFile<ImportPlace>>,
    /// Id of the old table where this run began.
    begun_at: u64,
    /// Totals of earlier runs.
    earlier: Totals,
    /// Place that was reached and is not kept yet.
    due: Option<ImportPlace>,
    saved: Option<Instant>,
}

impl Keeper {
    pub(super) fn without_file() -> Self {
        Self {
            file: None,
            begun_at: 0,
            earlier: Totals::default(),
            due: None,
            saved: None,
        }
    }

    /// Reads the place. Other names than those of the rows that are stored are refused.
    pub(super) fn open(path: &Path, bound_to: &str, names: NamesFile) -> Result<Self, Failure> {
        let file: StateFile<ImportPlace> = StateFile::open(path.to_owned(), bound_to)?;
        let place = if file.is_new() {
            ImportPlace {
                names,
                ..ImportPlace::default()
            }
        } else if file.place().names == names {
            file.place().clone()
        } else {
            return Err(Failure::failed(format!(
                "{} belongs to an import with other names; pass the same --names, or name another file and begin anew",
                path.display()
            )));
        };
        let mut keeper = Self {
            file: Some(file),
            earlier: place.totals.clone(),
            due: Some(place),
            ..Self::without_file()
        };
        // A file that cannot be written is an error before the first row.
        keeper.finish()?;
        Ok(keeper)
    }

    /// Lets an import go on at the place.
    pub(super) fn resumed(&mut self, import: Import) -> Result<Import, Failure> {
        let position = self
            .file
            .as_ref()
            .and_then(|file| file.place().position.as_deref());
        let Some(position) = position else {
            return Ok(import);
        };
        let position: behavior_trace::import::ImportPosition = position.parse()?;
        self.begun_at = position.last_id();
        Ok(import.resume(position))
    }

    /// Returns the id of the old table where this run began.
    pub(super) const fn last_id(&self) -> u64 {
        self.begun_at
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(StateFile::path)
    }

    /// Returns what became of all rows, those of earlier runs included.
    pub(super) fn totals(&self, report: &ImportReport) -> Totals {
        self.earlier.clone().plus(report)
    }

    /// Keeps the place once per second.
    pub(super) fn reached(&mut self, report: &ImportReport) {
        let Some(file) = &self.file else { return };
        self.due = Some(ImportPlace {
            names: file.place().names.clone(),
            position: Some(report.position.to_string()),
            totals: self.totals(report),
        });
        if self.saved.is_none_or(|saved| saved.elapsed() >= SAVE) {
            // The next one tries again, and the last one is an error.
            let _ = self.save();
            self.saved = Some(Instant::now());
        }
    }

    /// Keeps the last place.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.save().map_err(|error| {
            let path = self.path().unwrap_or(Path::new("")).display();
            Failure::failed(format!("the place cannot be kept in {path}: {error}"))
        })
    }

    fn save(&mut self) -> io::Result<()> {
        match (&mut self.file, &self.due) {
            (Some(file), Some(due)) => file.save(due.clone()),
            _ => Ok(()),
        }
    }

    /// Returns what to do after an interrupt.
    pub(super) fn how_to_go_on(&self, dry_run: bool) -> &'static str {
        match self.file {
            _ if dry_run => "a dry run stores nothing",
            Some(_) => "to go on, run the same command again",
            None => {
                "the same command begins at the first row and stores nothing twice; to go on from a place another time, use \
                 --state"
            }
        }
    }
}
