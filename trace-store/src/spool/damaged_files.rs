//! Damaged files of a slot, by their names.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Returns whether a damaged file has not been read to its end.
pub(super) fn is_unfinished(directory: &Path) -> bool {
    unfinished(directory).is_ok_and(|files| !files.is_empty())
}

/// Returns the damaged files that have not been read to their end, the oldest first.
pub(super) fn unfinished(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = damaged(directory)?;
    files.retain(|path| !path.with_extension("done").exists());
    files.sort();
    Ok(files)
}

pub(super) fn damaged(directory: &Path) -> io::Result<Vec<PathBuf>> {
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
