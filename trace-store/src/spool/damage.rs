//! Damaged files, which are set aside under another name and never removed. `salvage` reads their remaining rows.

use std::path::{Path, PathBuf};
use std::{fs, io};

use behavior_trace_core::Timestamp;

use super::damaged_files;
use super::error::SpoolError;
use super::slot::Slot;

/// Suffixes of the names of a file, its log and the log's index.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Replaces the slot's file by `fresh`. The old file keeps its rows under another name, with its log. Returns that name.
pub(super) fn quarantine(slot: &Slot, fresh: &Path) -> Result<PathBuf, SpoolError> {
    let (file, place) = (slot.file(), free_name(slot.directory()));
    // Only tests stop before a change of a name, to simulate a crash there.
    let mut goes_on = || Ok(());
    if fs::hard_link(&file, &place).is_ok() {
        link_with_log(&file, &place, &mut goes_on)?;
    } else {
        rename_with_log(&file, &place, &mut goes_on)?;
    }
    replace(&file, fresh, &mut goes_on)?;
    Ok(place)
}

/// Callback before each change of a name. An error stops the work there, as a crash would.
type GoesOn<'a> = &'a mut dyn FnMut() -> io::Result<()>;

/// Moves a file that already has a second name. At no time is it without its log.
fn link_with_log(file: &Path, place: &Path, goes_on: GoesOn<'_>) -> io::Result<()> {
    goes_on()?;
    link(&with_suffix(file, "-wal"), &with_suffix(place, "-wal"))?;
    // The second names have to be on disk before the first are removed.
    sync(file)?;
    for suffix in SUFFIXES {
        goes_on()?;
        remove(&with_suffix(file, suffix))?;
    }
    Ok(())
}

/// Renames the file and then its log, for file systems without hard links. After a crash, [`mend`] moves the log.
fn rename_with_log(file: &Path, place: &Path, goes_on: GoesOn<'_>) -> io::Result<()> {
    for suffix in ["", "-wal"] {
        goes_on()?;
        found(fs::rename(
            with_suffix(file, suffix),
            with_suffix(place, suffix),
        ))?;
        sync(file)?;
    }
    goes_on()?;
    remove(&with_suffix(file, "-shm"))
}

fn replace(file: &Path, fresh: &Path, goes_on: GoesOn<'_>) -> io::Result<()> {
    goes_on()?;
    fs::rename(fresh, file)?;
    sync(file)
}

/// Returns a name that no damaged file has, since renaming to an existing name would remove that file.
fn free_name(directory: &Path) -> PathBuf {
    let mut stamp = Timestamp::now().as_micros();
    loop {
        let place = directory.join(format!("damaged-{stamp}.db"));
        let log = with_suffix(&place, "-wal");
        if ![&place, &log, &place.with_extension("done")]
            .iter()
            .any(|path| path.exists())
        {
            return place;
        }
        stamp += 1;
    }
}

/// Completes or undoes a [`quarantine`] that a crash interrupted.
pub(super) fn mend(slot: &Slot) -> io::Result<()> {
    let file = slot.file();
    let is_gone = match fs::metadata(&file) {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    let log = with_suffix(&file, "-wal");
    if is_gone && log.exists() {
        // SQLite would remove the log because the file is empty.
        let newest = damaged_files::unfinished(slot.directory())?.pop();
        let other = newest.map(|damaged| with_suffix(&damaged, "-wal"));
        if let Some(other) = other.filter(|other| !other.exists()) {
            fs::rename(&log, other)?;
            sync(&file)?;
        }
    }
    drop_second_names(slot)
}

/// Removes a second name of the slot's file.
#[cfg(unix)]
fn drop_second_names(slot: &Slot) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(file) = fs::metadata(slot.file()) else {
        return Ok(());
    };
    for path in damaged_files::damaged(slot.directory())? {
        let other = fs::metadata(&path)?;
        if (file.dev(), file.ino()) == (other.dev(), other.ino()) {
            // The log goes first; without its file it would belong to none.
            remove(&with_suffix(&path, "-wal"))?;
            remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn drop_second_names(_: &Slot) -> io::Result<()> {
    Ok(())
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    found(fs::hard_link(from, to))
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    found(fs::remove_file(path))
}

/// Ignores the error of a missing file.
fn found(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Syncs the names in a file's directory to disk, where the platform supports it.
fn sync(file: &Path) -> io::Result<()> {
    if let Some(directory) = file.parent().filter(|_| cfg!(unix)) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use behavior_trace_core::Activity;

    use super::*;
    use crate::spool::slot::Slots;
    use crate::spool::spool_file::Spool;
    use crate::spool::storage::SpoolFile as _;

    const ROOM: u64 = 64 << 20;

    fn claim(directory: &Path) -> Slot {
        Slots::new(directory)
            .claim(0, &mut Vec::new())
            .expect("a slot")
    }

    async fn open(slot: Slot) -> Spool {
        let Ok((spool, ..)) = Spool::open(slot, ROOM).await else {
            panic!("it opens");
        };
        spool
    }

    /// Leaves a spool in the state after a kill: 30 rows in the file, and 70 only in its log.
    async fn leave_killed(directory: &Path) {
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, mode).expect("our own directory");
        let mut spool = open(claim(directory)).await;
        let rows = vec![Activity::default(); 100];
        spool.append(&rows[..30]).await.expect("room");
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut spool.connection)
            .await
            .expect("folded in");
        spool.append(&rows[30..]).await.expect("room");
        let slot = directory.join("0");
        let names = ["spool.db", "spool.db-wal"].map(|name| slot.join(name));
        let copies = names.clone().map(|path| fs::read(path).expect("readable"));
        drop(spool.close_file().await);
        for (name, copy) in names.iter().zip(copies) {
            drop(super::super::slot::private_file(name).expect("made"));
            fs::write(name, copy).expect("written");
        }
    }

    type Way = fn(&Path, &Path, GoesOn<'_>) -> io::Result<()>;

    fn linked(file: &Path, place: &Path, goes_on: GoesOn<'_>) -> io::Result<()> {
        goes_on()?;
        fs::hard_link(file, place)?;
        link_with_log(file, place, goes_on)
    }

    /// Sets the file aside. The process is "killed" before the given change of a name; returns whether it was.
    fn set_aside(slot: &Slot, way: Way, killed_before: usize) -> bool {
        let (file, place) = (slot.file(), free_name(slot.directory()));
        let fresh = slot.directory().join("spool.new.db");
        fs::write(&fresh, "").expect("written");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&fresh, mode).expect("ours");
        let mut changes = 0;
        let mut goes_on = || {
            changes += 1;
            if changes > killed_before {
                return Err(io::Error::other("killed"));
            }
            Ok(())
        };
        way(&file, &place, &mut goes_on)
            .and_then(|()| replace(&file, &fresh, &mut goes_on))
            .is_err()
    }

    #[tokio::test]
    async fn a_kill_before_any_change_of_a_name_costs_no_row_of_the_file_or_of_its_log() {
        for (way, changes) in [(linked as Way, 6), (rename_with_log, 4)] {
            for killed_before in 0..=changes {
                let directory = tempfile::tempdir().expect("a directory");
                leave_killed(directory.path()).await;
                let slot = claim(directory.path());
                let is_killed = set_aside(&slot, way, killed_before);
                assert_eq!(is_killed, killed_before < changes);
                drop(slot);
                // The next process takes the slot for that of a dead process.
                let slot = Slots::new(directory.path()).stale(0).expect("looks");
                let mut spool = open(slot.expect("left behind")).await;
                while spool.salvage().await.expect("goes on").is_some() {}
                let slot = spool.close_file().await;
                let spool = open(slot).await;
                let rows = spool.count(std::sync::Arc::default()).await;
                assert_eq!(rows.expect("counts"), 100, "{changes}: {killed_before}");
            }
        }
    }

    #[test]
    fn no_damaged_file_takes_the_name_of_another() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = free_name(directory.path());
        fs::write(&place, "").expect("written");
        assert_ne!(free_name(directory.path()), place);
    }
}
