//! Renaming that replaces no file.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// Renames a file in a directory that this process has locked. It has one name at each moment.
///
/// # Errors
///
/// The error of the file system, [`AlreadyExists`](io::ErrorKind::AlreadyExists) for a name that is taken. The file keeps its
/// name.
pub(crate) fn rename_beside(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The kernel or the file system has no such renaming.
        Err(Errno::INVAL | Errno::NOSYS) => rename_after_a_look(from, to),
        renamed => Ok(renamed?),
    }
}

/// Renames a file unless the name is taken. Only the lock of the directory keeps others from taking it meanwhile.
fn rename_after_a_look(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_file_has_one_name_and_takes_that_of_no_other() {
        for rename in [rename_beside, rename_after_a_look] {
            let directory = tempfile::tempdir().expect("a directory");
            let [one, other, gone] =
                ["one", "other", "gone"].map(|name| directory.path().join(name));
            fs::write(&one, b"one").expect("written");
            fs::write(&other, b"other").expect("written");
            let taken = rename(&one, &other).expect_err("a name that is taken");
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&one).expect("kept"), b"one");
            assert_eq!(fs::read(&other).expect("kept"), b"other");
            fs::remove_file(&other).expect("removed");
            std::os::unix::fs::symlink(&gone, &other).expect("a link to nothing");
            let taken = rename(&one, &other).expect_err("the name of a link to nothing");
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
            rename(&one, &gone).expect("a name that is free");
            let failed = rename(&one, &directory.path().join("new")).expect_err("no file");
            assert_eq!(failed.kind(), io::ErrorKind::NotFound);
            assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 2);
        }
    }
}
