//! Where exported rows go, and the place reached.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Stdout, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::state::{ExportPlace, StateFile, identity};
use crate::failure::Failure;
use crate::state_file::private;

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

enum ExportTarget {
    File(BufWriter<File>),
    /// A pipe or a device, which has no length and is not synced.
    Other(BufWriter<File>),
    Stdout(BufWriter<Stdout>),
}

impl ExportDestination {
    /// Opens the file, or standard output. A file that goes on ends at the place of the state.
    pub(super) fn open(
        path: Option<&Path>,
        overwrite: bool,
        state: Option<StateFile>,
    ) -> Result<Self, Failure> {
        let goes_on = state.as_ref().filter(|state| !state.is_new());
        let is_resumed = goes_on.is_some_and(|state| {
            let place = state.place();
            // The headings alone are a beginning too.
            place.last_id > 0 || place.bytes.is_some_and(|bytes| bytes > 0)
        });
        let target = match (path, goes_on) {
            (None, _) => ExportTarget::Stdout(BufWriter::new(io::stdout())),
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
                let identity = identity(&file.get_ref().metadata()?);
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
        match &mut self.target {
            ExportTarget::File(file) | ExportTarget::Other(file) => file.write(bytes),
            ExportTarget::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            ExportTarget::File(file) | ExportTarget::Other(file) => file.flush(),
            ExportTarget::Stdout(stdout) => stdout.flush(),
        }
    }
}

impl ExportTarget {
    /// Locks a file for this run.
    fn of(file: File, path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let is_file = file.metadata().is_ok_and(|file| file.is_file());
        if !is_file {
            return Ok(Self::Other(BufWriter::new(file)));
        }
        match file.try_lock() {
            Ok(()) => Ok(Self::File(BufWriter::new(file))),
            Err(TryLockError::WouldBlock) => Err(Failure::try_again(format!(
                "another run writes {shown}; try again when it has ended"
            ))),
            Err(TryLockError::Error(error)) => Err(Failure::failed(format!(
                "{shown} cannot be locked: {error}"
            ))),
        }
    }

    fn begin_anew(&self) -> io::Result<()> {
        match self {
            Self::File(file) => file.get_ref().set_len(0),
            Self::Other(_) | Self::Stdout(_) => Ok(()),
        }
    }
}

fn created(path: &Path, overwrite: bool) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if overwrite {
        // It is emptied once it is locked.
        options.create(true).truncate(false);
    } else {
        options.create_new(true);
    }
    private(&mut options)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::failed(format!(
                "{} is there already; pass --overwrite, or the --state of the export that wrote it",
                path.display()
            )),
            _ => Failure::failed(format!("{} cannot be written: {error}", path.display())),
        })
}

/// Opens the file of an earlier run, without the rows after the place that was kept. Nothing is cut before the file is locked and
/// known to be the one that the state is of.
fn resumed(path: &Path, state: &StateFile) -> Result<ExportTarget, Failure> {
    let shown = path.display();
    let place = state.place();
    let Some(bytes) = place.bytes else {
        return Err(Failure::failed(format!(
            "{shown} was no file when the state was written, and cannot go on; name another state"
        )));
    };
    let failed = |error: io::Error| {
        Failure::failed(format!(
            "{shown} cannot go on: {error}; to begin anew, remove the state"
        ))
    };
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let mut target = ExportTarget::of(opened.map_err(failed)?, path)?;
    let ExportTarget::File(writer) = &mut target else {
        return Err(Failure::failed(format!(
            "{shown} is no file any more; name another state"
        )));
    };
    let file = writer.get_mut();
    let found = file.metadata().map_err(failed)?;
    let is_another = place.file.is_some() && place.file != identity(&found);
    if is_another || found.len() < bytes || !ends_a_line(file, bytes).map_err(failed)? {
        return Err(Failure::failed(format!(
            "{shown} is another file than the one that the state is of, or rows of it are missing; to begin anew, remove it and \
             the state"
        )));
    }
    file.set_len(bytes).map_err(failed)?;
    file.seek(SeekFrom::Start(bytes)).map_err(failed)?;
    Ok(target)
}

/// Returns whether a file has the end of a line in front of a place.
fn ends_a_line(file: &mut File, bytes: u64) -> io::Result<bool> {
    let Some(last) = bytes.checked_sub(1) else {
        return Ok(true);
    };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    file.read_exact(&mut byte)?;
    Ok(byte == *b"\n")
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
