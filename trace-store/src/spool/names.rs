//! Coordination between readers of a spool's file and its owner, who renames or removes the file. They wait for each other.
//!
//! SQLite finds the log of a file by name, shortly after it has opened the file. On closing it removes the log by name,
//! shortly after it has checked that the file still has that name. A file renamed in between would be read with the log of
//! its successor, and would remove that log.
//!
//! The recorder's processes lock the slot's directory. That lock ends with the process, and needs neither room nor the right
//! to write. Other readers, such as a person's `sqlite3`, are detected by the lock that SQLite holds on each open file.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::{SpoolError, SpoolErrorKind};

/// Time that the owner waits for readers.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

/// A guard under which the file names in a slot's directory do not change, or only its owner changes them.
#[derive(Debug)]
pub(super) struct SpoolFileNames {
    /// Lock on the directory; `None` if it cannot be locked.
    lock: Option<File>,
    /// The file, locked against other processes.
    file: Option<File>,
    process: u32,
}

impl SpoolFileNames {
    /// Locks for a reader of the file. It waits while the owner renames the file.
    pub(super) async fn hold(directory: &Path) -> Self {
        let directory = directory.to_owned();
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::open(directory)?;
            file.lock_shared()?;
            Ok::<_, std::io::Error>(file)
        });
        Self::of(locked.await.ok().and_then(Result::ok))
    }

    /// Locks for the owner, and waits up to a second while another process has the file open. The owner must have closed the
    /// file first, because closing any handle to it releases all of its locks.
    pub(super) async fn take(file: &Path) -> Result<Self, SpoolError> {
        let begun = Instant::now();
        loop {
            match Self::try_take(file) {
                Some(names) => return Ok(names),
                None if begun.elapsed() < PATIENCE => sleep(LOOK).await,
                None => {
                    // Not `Busy`: new rows must not wait for a person who leaves a shell open overnight.
                    let why = "another process has the file open, so it cannot be renamed or removed; close it there";
                    return Err(SpoolError::new(SpoolErrorKind::Unusable, why));
                }
            }
        }
    }

    /// Locks without waiting; returns `None` while a reader has the file open.
    fn try_take(file: &Path) -> Option<Self> {
        let mut names = Self::of(None);
        if let Ok(directory) = File::open(file.parent().unwrap_or(file)) {
            match directory.try_lock() {
                Ok(()) => names.lock = Some(directory),
                Err(TryLockError::WouldBlock) => return None,
                // Some file systems do not support locks.
                Err(TryLockError::Error(_)) => {}
            }
        }
        names.file = File::options().read(true).write(true).open(file).ok();
        let is_free = names.file.as_ref().is_none_or(is_free);
        is_free.then_some(names)
    }

    fn of(lock: Option<File>) -> Self {
        Self {
            lock,
            file: None,
            process: process::id(),
        }
    }
}

/// Returns whether no other process has the file open through SQLite. None can open it so while `file` is open.
#[cfg(unix)]
fn is_free(file: &File) -> bool {
    use rustix::fs::{FlockOperation, fcntl_lock};
    use rustix::io::Errno;

    let locked = fcntl_lock(file, FlockOperation::NonBlockingLockExclusive);
    !matches!(locked, Err(Errno::AGAIN | Errno::ACCESS))
}

#[cfg(not(unix))]
fn is_free(_: &File) -> bool {
    true
}

impl Drop for SpoolFileNames {
    /// Releases the lock explicitly, for the reasons given at the lock of a slot.
    fn drop(&mut self) {
        if let Some(lock) = self.lock.as_ref().filter(|_| self.process == process::id()) {
            let _ = lock.unlock();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Child, ChildStdout, Command, Stdio};
    use std::{env, fs, io};

    use behavior_trace_core::Activity;
    use sqlx::{Connection as _, query_scalar};
    use tempfile::TempDir;

    use super::*;
    use crate::spool::dead_letters;
    use crate::spool::file::{Access, connect};
    use crate::spool::slot::{Slot, Slots};
    use crate::spool::spool_file::Spool;
    use crate::spool::storage::SpoolFile as _;

    const ROOM: u64 = 64 << 20;
    const FILE: &str = "SPOOL_FILE_OF_ANOTHER";

    /// Creates a slot with 100 rows in a file whose damage hits none of them.
    async fn damaged() -> (TempDir, Slot) {
        let directory = tempfile::tempdir().expect("a directory");
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory.path(), mode).expect("our own directory");
        let slots = Slots::new(directory.path());
        let slot = slots.claim(0, &mut Vec::new()).expect("a slot");
        let mut spool = open(slot).await.expect("opens");
        spool
            .append(&vec![Activity::default(); 100])
            .await
            .expect("room");
        let mut slot = spool.close_file().await;
        let mut bytes = fs::read(slot.file()).expect("readable");
        // The root page of the dead letters.
        bytes[4 * 4096] ^= 0xff;
        fs::write(slot.file(), bytes).expect("writable");
        slot.suspected = true;
        (directory, slot)
    }

    async fn open(slot: Slot) -> Result<Spool, (Slot, SpoolError)> {
        let opened = Spool::open(slot, ROOM).await;
        opened.map(|(spool, ..)| spool)
    }

    /// Asserts that the file is not set aside while `other` lives, and that all rows are saved afterwards.
    async fn waits_for<T>(slot: Slot, other: T) {
        let file = slot.file();
        let before = fs::read(&file).expect("readable");
        let Err((slot, error)) = open(slot).await else {
            panic!("it is set aside while somebody has it open");
        };
        assert_eq!(error.kind(), SpoolErrorKind::Unusable, "{error}");
        assert!(fs::read(&file).expect("readable") == before);
        slot.clear().await;
        assert!(file.exists());
        drop(other);
        let mut spool = open(slot).await.map_err(|(_, error)| error).expect("opens");
        spool.append(&[Activity::default()]).await.expect("room");
        while spool.salvage().await.expect("goes on").is_some() {}
        let rows = query_scalar("SELECT count(*) FROM spool").fetch_one(&mut spool.connection);
        let rows: i64 = rows.await.expect("counts");
        assert_eq!(rows, 101);
    }

    #[tokio::test]
    async fn a_file_that_somebody_of_us_reads_is_not_set_aside() {
        let (_directory, slot) = damaged().await;
        let (connection, names) = crate::spool::file::connect_beside(&slot.file())
            .await
            .expect("connects");
        waits_for(slot, (connection, names)).await;
    }

    /// Another process that has the file open.
    struct Other(Child, Option<BufReader<ChildStdout>>);

    impl Other {
        fn start(file: &Path) -> Self {
            let mut child = Command::new(env::current_exe().expect("this test"))
                .args(["--exact", "spool::names::tests::another_process"])
                .args(["--ignored", "--nocapture"])
                .env(FILE, file)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("a process");
            let output = child.stdout.take().expect("piped");
            let mut output = BufReader::new(output);
            let mut line = String::new();
            while !line.ends_with("it is open\n") {
                line.clear();
                assert!(output.read_line(&mut line).expect("a line") > 0);
            }
            Self(child, Some(output))
        }
    }

    impl Drop for Other {
        fn drop(&mut self) {
            drop(self.0.stdin.take());
            if let Some(output) = self.1.take() {
                output.lines().for_each(drop);
            }
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    #[ignore = "run by the next test, as a process of its own"]
    async fn another_process() {
        let Some(file) = env::var_os(FILE) else {
            return;
        };
        let mut connection = connect(file.as_ref(), Access::Shared)
            .await
            .expect("connects");
        let rows: i64 = query_scalar("SELECT count(*) FROM spool")
            .fetch_one(&mut connection)
            .await
            .expect("counts");
        assert_eq!(rows, 100);
        println!("it is open");
        io::stdin().read_to_end(&mut Vec::new()).expect("the end");
        connection.close().await.expect("closes");
    }

    #[tokio::test]
    async fn a_file_that_another_process_has_open_is_not_set_aside() {
        let (_directory, slot) = damaged().await;
        let other = Other::start(&slot.file());
        waits_for(slot, other).await;
    }

    #[tokio::test]
    async fn who_reads_dead_letters_waits_while_a_file_changes_its_name() {
        let (directory, mut slot) = damaged().await;
        let names = SpoolFileNames::take(&slot.file()).await.expect("free");
        let place = directory.path().to_owned();
        let reader = tokio::spawn(async move { dead_letters(&place).await });
        // By now the reader has got as far as it can.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(50) {
            tokio::task::yield_now().await;
        }
        assert!(!reader.is_finished());
        drop(names);
        assert!(reader.await.expect("no panic").is_err());
        slot.suspected = true;
        let spool = open(slot).await.map_err(|(_, error)| error).expect("opens");
        assert!(
            dead_letters(directory.path())
                .await
                .expect("reads")
                .is_empty()
        );
        spool.close_file().await;
    }
}
