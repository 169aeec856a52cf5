//! Reading, requeueing and removing dead letters from any program.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, raw_sql};

use super::dead_letter::{self, DeadLetter, Removal, Requeue, ToRemove};
use super::directory::SpoolDirectory;
use super::error::SpoolError;
use super::file::{self, Access};
use super::letter_id::DeadLetterId;
use super::names::SpoolFileNames;
use super::spool_file::Spool;
use super::spools_error::{Kind, SpoolsError};

/// The dead letters of every process that uses or used a spool directory. It needs no recorder, but a tokio runtime and the
/// rights of the user who owns the directory.
///
/// A spool keeps at most 10,000 dead letters. Further refused rows are lost, counted as `dropped.poison` and reported to the
/// error hook. Letters stay until someone requeues or removes them, after fixing the cause.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::spool::DeadLetters;
///
/// let letters = DeadLetters::new("/var/lib/shop/activity");
/// for letter in letters.list().await? {
///     println!("{} {}: {:?}", letter.id, letter.reason, letter.activity);
/// }
/// letters.requeue("0/17".parse()?).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DeadLetters(SpoolDirectory);

impl DeadLetters {
    /// Refers to the dead letters of a spool directory. Nothing is read yet.
    pub fn new(spool_dir: impl AsRef<Path>) -> Self {
        Self(SpoolDirectory::new(spool_dir.as_ref()))
    }

    /// Returns the letters slot by slot, the oldest first in each. It changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if the directory does not exist, or if it or a spool file in it cannot be read.
    pub async fn list(&self) -> Result<Vec<DeadLetter>, SpoolsError> {
        let mut letters = Vec::new();
        for slot in self.0.slots()? {
            if let Some(path) = self.0.file(slot)? {
                let found = letters_of(&path, slot).await;
                letters.extend(found.map_err(|error| Kind::File { path, error })?);
            }
        }
        Ok(letters)
    }

    /// Returns one letter. It changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if there is no such letter, or if its spool file cannot be read.
    pub async fn show(&self, id: DeadLetterId) -> Result<DeadLetter, SpoolsError> {
        let path = self.file_of(id)?;
        let found = letter_of(&path, id).await;
        let letter = found.map_err(|error| Kind::File { path, error })?;
        letter.ok_or_else(|| Kind::NoLetter(id.to_string()).into())
    }

    /// Moves a letter back into the spool of its slot, from where the next recorder or [`Spools::drain`] sends it again. The
    /// row keeps its event id, so that it is stored once however often it is sent.
    ///
    /// [`Spools::drain`]: crate::Spools::drain
    ///
    /// # Errors
    ///
    /// Fails if there is no such letter, as after an earlier requeue, or if no database could store it. Fails with
    /// [`is_locked`](SpoolsError::is_locked) while the process that owns the slot runs: it counts the rows of its spool, and
    /// would neither count nor expect this one.
    pub async fn requeue(&self, id: DeadLetterId) -> Result<(), SpoolsError> {
        let path = self.file_of(id)?;
        let slot = self.0.lock(id.slot)?;
        let failed = |error| Kind::File {
            path: path.clone(),
            error,
        };
        let mut spool = Spool::open_in_place(slot).await.map_err(failed)?;
        let requeued = dead_letter::requeue_in(&mut spool.connection, id).await;
        drop(spool.close_file().await);
        match requeued.map_err(failed)? {
            Requeue::Done => Ok(()),
            Requeue::NoLetter => Err(Kind::NoLetter(id.to_string()).into()),
            Requeue::Unreadable => Err(Kind::Unreadable(id.to_string()).into()),
            Requeue::WithoutPayload => Err(Kind::WithoutPayload(id.to_string()).into()),
        }
    }

    /// Removes a letter for good, even while the process that owns its slot runs.
    ///
    /// # Errors
    ///
    /// Fails if there is no such letter, or if its spool file cannot be changed.
    pub async fn remove(&self, id: DeadLetterId) -> Result<(), SpoolsError> {
        let path = self.file_of(id)?;
        let removed = remove_of(&path, ToRemove::Any(id)).await;
        match removed.map_err(|error| Kind::File { path, error })? {
            Removal::Done => Ok(()),
            Removal::Another | Removal::NoLetter => Err(Kind::NoLetter(id.to_string()).into()),
        }
    }

    /// Removes a letter for good, like [`remove`](Self::remove), if it is the one that was read before. Returns `false`, and
    /// removes nothing, if its id is another letter's now: a process that takes a spool over gives its letters new ids.
    ///
    /// ```no_run
    /// # async fn example(letters: &behavior_trace::spool::DeadLetters) -> Result<(), behavior_trace::spool::SpoolsError> {
    /// for letter in letters.list().await? {
    ///     if letter.activity.is_none() && !letters.remove_this(&letter).await? {
    ///         eprintln!("{} is another letter now", letter.id);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Like [`remove`](Self::remove).
    pub async fn remove_this(&self, letter: &DeadLetter) -> Result<bool, SpoolsError> {
        let path = self.file_of(letter.id)?;
        let removed = remove_of(&path, ToRemove::This(letter)).await;
        match removed.map_err(|error| Kind::File { path, error })? {
            Removal::Done => Ok(true),
            Removal::Another => Ok(false),
            Removal::NoLetter => Err(Kind::NoLetter(letter.id.to_string()).into()),
        }
    }

    /// Returns the spool file that would hold a letter.
    fn file_of(&self, id: DeadLetterId) -> Result<PathBuf, SpoolsError> {
        let file = self.0.file(id.slot)?;
        file.ok_or_else(|| Kind::NoLetter(id.to_string()).into())
    }
}

/// Returns the dead letters of every process that uses or used a spool directory: [`DeadLetters::list`] as a function.
///
/// # Errors
///
/// Fails if the directory does not exist, or if it or a spool file in it cannot be read.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), behavior_trace::spool::SpoolsError> {
/// # let directory = tempfile::tempdir().expect("a directory");
/// # let directory = directory.path();
/// for letter in behavior_trace::health::dead_letters(directory).await? {
///     eprintln!("{} {}: {:?}", letter.dead_lettered_at, letter.reason, letter.activity);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn dead_letters(spool_dir: &Path) -> Result<Vec<DeadLetter>, SpoolsError> {
    DeadLetters::new(spool_dir).list().await
}

async fn letters_of(path: &Path, slot: usize) -> Result<Vec<DeadLetter>, SpoolError> {
    let (mut connection, names) = file::connect_beside(path).await?;
    let letters = dead_letter::letters_in(&mut connection, slot).await;
    close(connection, names).await;
    letters
}

async fn letter_of(path: &Path, id: DeadLetterId) -> Result<Option<DeadLetter>, SpoolError> {
    let (mut connection, names) = file::connect_beside(path).await?;
    let letter = dead_letter::letter_in(&mut connection, id).await;
    close(connection, names).await;
    letter
}

/// Removes a letter beside the owner of the file. SQLite's lock orders the two, and no owner counts the letters in its file.
async fn remove_of(path: &Path, letter: ToRemove<'_>) -> Result<Removal, SpoolError> {
    let names = SpoolFileNames::hold(path.parent().unwrap_or(path)).await;
    let mut connection = file::connect(path, Access::Shared).await?;
    let removed = remove_known(&mut connection, letter).await;
    close(connection, names).await;
    removed
}

async fn remove_known(
    connection: &mut SqliteConnection,
    letter: ToRemove<'_>,
) -> Result<Removal, SpoolError> {
    file::check_format(connection).await?;
    raw_sql(file::SETTINGS).execute(&mut *connection).await?;
    dead_letter::remove_from(connection, letter).await
}

/// Closes a connection before the names of the files may change: later, it might act on another file of the same name.
async fn close(connection: SqliteConnection, names: SpoolFileNames) {
    let _ = connection.close().await;
    drop(names);
}
