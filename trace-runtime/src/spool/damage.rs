//! Files that SQLite calls damaged: set aside under another name, and never removed. `salvage` reads what is left of them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use behavior_trace_core::Timestamp;

use super::error::SpoolError;
use super::slot::Slot;

/// The log of a file whose name ends so belongs to it.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Puts `fresh` in the place of the slot's file, which keeps its rows under another name, with its log. Returns that name.
pub(super) fn quarantine(slot: &Slot, fresh: &Path) -> Result<PathBuf, SpoolError> {
    let stamp = Timestamp::now().as_micros();
    let place = slot.directory().join(format!("damaged-{stamp}.db"));
    let file = slot.file();
    // Under two names first: at no moment is the file without its log.
    if fs::hard_link(&file, &place).is_ok() {
        link(&with_suffix(&file, "-wal"), &with_suffix(&place, "-wal"))?;
        for suffix in SUFFIXES {
            remove(&with_suffix(&file, suffix))?;
        }
    } else {
        for suffix in ["-wal", "-shm", ""] {
            found(fs::rename(
                with_suffix(&file, suffix),
                with_suffix(&place, suffix),
            ))?;
        }
    }
    fs::rename(fresh, &file)?;
    sync(slot.directory())?;
    Ok(place)
}

/// Takes a second name from the slot's file that a crash in the middle of [`quarantine`] has left.
#[cfg(unix)]
pub(super) fn drop_second_names(slot: &Slot) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(file) = fs::metadata(slot.file()) else {
        return Ok(());
    };
    for path in damaged(slot.directory())? {
        let other = fs::metadata(&path)?;
        if (file.dev(), file.ino()) == (other.dev(), other.ino()) {
            remove(&path)?;
            remove(&with_suffix(&path, "-wal"))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn drop_second_names(_: &Slot) -> io::Result<()> {
    Ok(())
}

/// Whether there is a damaged file that has not been read to its end.
pub(super) fn is_unfinished(directory: &Path) -> bool {
    unfinished(directory).is_ok_and(|files| !files.is_empty())
}

/// The damaged files that have not been read to their end, the oldest first.
pub(super) fn unfinished(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = damaged(directory)?;
    files.retain(|path| !path.with_extension("done").exists());
    files.sort();
    Ok(files)
}

fn damaged(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_db = path.extension().is_some_and(|extension| extension == "db");
        let name = path.file_name().and_then(|name| name.to_str());
        if is_db && name.is_some_and(|name| name.starts_with("damaged-")) {
            files.push(path);
        }
    }
    Ok(files)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    found(fs::hard_link(from, to))
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    found(fs::remove_file(path))
}

/// What is not there need not be done.
fn found(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Brings the names in a directory to the disk, where that can be asked for.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
