//! Where exported rows go, and the place reached.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Stdout, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::state::{ExportPlace, StateFile};
use crate::failure::Failure;

/// Time between two places that are kept.
const SAVE: Duration = Duration::from_secs(1);

/// Where rows go, with the file that keeps the place.
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
        let is_resumed = goes_on.is_some_and(|state| state.place().last_id > 0);
        let target = match (path, goes_on) {
            (None, _) => ExportTarget::Stdout(BufWriter::new(io::stdout())),
            (Some(path), Some(state)) => ExportTarget::File(BufWriter::new(resumed(path, state)?)),
            (Some(path), None) => ExportTarget::File(BufWriter::new(created(path, overwrite)?)),
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
            destination.keep_place(0)?;
        }
        Ok(destination)
    }

    /// Returns whether an earlier run wrote its beginning.
    pub(super) const fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    fn keep_place(&mut self, last_id: u64) -> io::Result<()> {
        self.flush()?;
        let bytes = match &mut self.target {
            // The place must not be on the disk before the rows.
            ExportTarget::File(file) => {
                file.get_ref().sync_data()?;
                Some(file.get_mut().stream_position()?)
            }
            ExportTarget::Stdout(_) => None,
        };
        match &mut self.state {
            Some(state) => state.save(ExportPlace { last_id, bytes }),
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
            ExportTarget::File(file) => file.write(bytes),
            ExportTarget::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            ExportTarget::File(file) => file.flush(),
            ExportTarget::Stdout(stdout) => stdout.flush(),
        }
    }
}

fn created(path: &Path, overwrite: bool) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if overwrite {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!(
            "{} is there already; pass --overwrite, or the --state of the export that wrote it",
            path.display()
        )),
        _ => Failure::failed(format!("{} cannot be written: {error}", path.display())),
    })
}

/// Opens the file of an earlier run, without the rows after the place that was kept.
fn resumed(path: &Path, state: &StateFile) -> Result<File, Failure> {
    let shown = path.display();
    let Some(bytes) = state.place().bytes else {
        return Err(Failure::failed(format!(
            "the state is of an export to standard output and cannot go on in {shown}; name another state"
        )));
    };
    let open = || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = file.metadata()?.len();
        if length >= bytes {
            file.set_len(bytes)?;
            file.seek(SeekFrom::Start(bytes))?;
        }
        Ok((file, length))
    };
    let (file, length) = open().map_err(|error: io::Error| {
        Failure::failed(format!(
            "{shown} cannot go on: {error}; to begin anew, remove the state"
        ))
    })?;
    if length < bytes {
        return Err(Failure::failed(format!(
            "{shown} has {length} bytes and had {bytes}, so rows are missing; to begin anew, remove it and the state"
        )));
    }
    Ok(file)
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
