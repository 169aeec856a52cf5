//! The file, pipe or terminal that takes the rows.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use super::identity::FileIdentity;
use super::state::StateFile;
use crate::failure::Failure;
use crate::output::DataWriter;
use crate::state_file::private;

/// Taker of the rows.
pub(super) enum ExportTarget {
    File(BufWriter<File>),
    /// A pipe or a device, which has no length and is not synced.
    Other(BufWriter<File>),
    Stdout(DataWriter),
}

impl Write for ExportTarget {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) | Self::Other(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) | Self::Other(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

impl ExportTarget {
    /// Locks a file for this run.
    pub(super) fn of(file: File, path: &Path) -> Result<Self, Failure> {
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

    pub(super) fn begin_anew(&self) -> io::Result<()> {
        match self {
            Self::File(file) => file.get_ref().set_len(0),
            Self::Other(_) | Self::Stdout(_) => Ok(()),
        }
    }
}

pub(super) fn created(path: &Path, overwrite: bool) -> Result<File, Failure> {
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
pub(super) fn resumed(path: &Path, state: &StateFile) -> Result<ExportTarget, Failure> {
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
    let identity = FileIdentity::of(&found);
    let is_another = place
        .file
        .as_ref()
        .is_some_and(|kept| !identity.is_some_and(|found| found.is_same(kept)));
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
