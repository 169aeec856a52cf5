//! Where exported rows go, and the place reached.

use std::io::{self, Seek as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::identity::FileIdentity;
use super::state::{ExportPlace, StateFile};
use super::target::{ExportTarget, created, resumed};
use crate::failure::Failure;
use crate::output::{DataForm, DataWriter};

/// Time between two places that are kept.
const SAVE: Duration = Duration::from_secs(1);

/// Destination of rows, with the file that keeps the place.
pub(super) struct ExportDestination {
    target: ExportTarget,
    state: Option<StateFile>,
    is_resumed: bool,
    /// When the place was kept; `None` before the first rows.
    saved: Option<Instant>,
    /// Why the place could not be kept. The next write fails with it.
    failed: Option<io::Error>,
}

impl ExportDestination {
    /// Opens the file, or standard output. A file that goes on ends at the place of the state.
    pub(super) fn open(
        path: Option<&Path>,
        overwrite: bool,
        state: Option<StateFile>,
        form: DataForm,
    ) -> Result<Self, Failure> {
        let goes_on = state.as_ref().filter(|state| !state.is_new());
        let is_resumed = goes_on.is_some_and(|state| {
            let place = state.place();
            // The headings alone are a beginning too.
            place.last_id > 0 || place.bytes.is_some_and(|bytes| bytes > 0)
        });
        let target = match (path, goes_on) {
            (None, _) => ExportTarget::Stdout(DataWriter::stdout(Some(form))),
            (Some(path), Some(state)) => resumed(path, state)?,
            (Some(path), None) => {
                let target = ExportTarget::of(created(path, overwrite)?, path)?;
                target.begin_anew()?;
                target
            }
        };
        let mut destination = Self {
            target,
            state,
            is_resumed,
            saved: None,
            failed: None,
        };
        if !is_resumed {
            // A run that is killed before its first rows goes on as well.
            destination.begin()?;
        }
        Ok(destination)
    }

    fn begin(&mut self) -> Result<(), Failure> {
        let path = self.state.as_ref().map(|state| state.path().to_owned());
        self.keep_place(0).map_err(|error| match path {
            Some(path) => Failure::failed(format!("{} cannot be written: {error}", path.display())),
            None => error.into(),
        })
    }

    /// Returns whether an earlier run wrote its beginning.
    pub(super) const fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    fn keep_place(&mut self, last_id: u64) -> io::Result<()> {
        self.flush()?;
        let (bytes, file) = match &mut self.target {
            // The place must not be on the disk before the rows.
            ExportTarget::File(file) => {
                file.get_ref().sync_data()?;
                let identity = FileIdentity::of(&file.get_ref().metadata()?);
                (Some(file.get_mut().stream_position()?), identity)
            }
            ExportTarget::Other(_) | ExportTarget::Stdout(_) => (None, None),
        };
        match &mut self.state {
            Some(state) => state.save(ExportPlace {
                last_id,
                bytes,
                file,
            }),
            None => Ok(()),
        }
    }
}

impl Write for ExportDestination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.target.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// A destination for the export and for its progress.
#[derive(Clone)]
pub(super) struct SharedDestination(Arc<Mutex<ExportDestination>>);

impl SharedDestination {
    pub(super) fn new(destination: ExportDestination) -> Self {
        Self(Arc::new(Mutex::new(destination)))
    }

    fn get(&self) -> MutexGuard<'_, ExportDestination> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the place once per second.
    pub(super) fn reached(&self, last_id: u64) {
        let mut destination = self.get();
        let is_due = destination
            .saved
            .is_none_or(|saved| saved.elapsed() >= SAVE);
        if destination.state.is_some() && is_due {
            destination.failed = destination.keep_place(last_id).err();
            destination.saved = Some(Instant::now());
        }
    }

    /// Keeps the last place.
    pub(super) fn finish(&self, last_id: u64) -> Result<(), Failure> {
        let mut destination = self.get();
        let kept = match destination.failed.take() {
            Some(error) => Err(error),
            None => destination.keep_place(last_id),
        };
        Ok(kept?)
    }

    /// Returns what to do after an interrupt.
    pub(super) fn how_to_go_on(&self) -> &'static str {
        if self.get().state.is_some() {
            "to go on, run the same command again"
        } else {
            "to go on from there another time, use --state"
        }
    }
}

impl Write for SharedDestination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.get().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.get().flush()
    }
}
