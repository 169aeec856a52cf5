//! Listing and draining the spools of a directory from any program.

use std::path::Path;

use super::damaged_files;
use super::directory::SpoolDirectory;
use super::drain::{self, Drain, DrainReport};
use super::error::SpoolError;
use super::info::{self, SpoolInfo};
use super::spool_file::Spool;
use super::spools_error::{Kind, SpoolsError};
use super::storage::SpoolFile as _;
use crate::delivery::Configured;
use crate::store::{DatabaseUrl, Dialect, Store};

/// The spools of a directory, one in the slot of each process that uses or used it. It needs no recorder, but a tokio runtime
/// and the rights of the user who owns the directory.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::spool::Spools;
///
/// let spools = Spools::new("/var/lib/shop/activity");
/// let url = "mysql://recorder:secret@db.internal/shop".parse()?;
/// for spool in spools.list().await? {
///     println!("slot {}: {:?} rows since {:?}", spool.slot, spool.rows, spool.oldest);
///     if !spool.owner_alive && spool.rows != Some(0) {
///         spools.drain(spool.slot, &url, |so_far| println!("{} stored", so_far.stored)).await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Spools(SpoolDirectory);

impl Spools {
    /// Refers to the spools of a directory. Nothing is read yet.
    pub fn new(spool_dir: impl AsRef<Path>) -> Self {
        Self(SpoolDirectory::new(spool_dir.as_ref()))
    }

    /// Returns the state of each slot, in order of their numbers. It changes no row, and works beside running recorders. To
    /// count the rows it reads the spool files.
    ///
    /// # Errors
    ///
    /// Fails if the directory cannot be read. A slot that cannot be read is in the list, with its
    /// [`problem`](SpoolInfo::problem).
    pub async fn list(&self) -> Result<Vec<SpoolInfo>, SpoolsError> {
        let mut infos = Vec::new();
        for slot in self.0.slots()? {
            infos.push(info::look(&self.0, slot).await);
        }
        Ok(infos)
    }

    /// Returns the state of one slot, as [`list`](Self::list) does. It reads the file of that slot alone.
    ///
    /// # Errors
    ///
    /// Fails with [`is_missing`](SpoolsError::is_missing) if the directory has no such slot.
    pub async fn show(&self, slot: usize) -> Result<SpoolInfo, SpoolsError> {
        self.0.check(slot)?;
        Ok(info::look(&self.0, slot).await)
    }

    /// Sends the rows of a slot to a database, the oldest first, and removes stored rows from the spool. It calls `progress`
    /// after each page of at most 1,000 rows, and after the part of a page in front of an error. For the time of the call, the
    /// slot belongs to this process.
    ///
    /// Rows keep their event ids. A row that the database has already counts as stored. A row that it refuses alone becomes a
    /// dead letter, with its reason, if a probe row or another row passes on the same connection. Others stay in the spool,
    /// such as a row that exceeds the size of a statement. The account needs the rights of a recorder.
    ///
    /// # Errors
    ///
    /// Fails with [`is_locked`](SpoolsError::is_locked) if the process that owns the slot runs: it drains its spool itself.
    /// Fails if there is no such slot, if its file is damaged, or if the database fails or refuses every row. Rows stored by
    /// then are removed from the spool; call it again for the others.
    pub async fn drain(
        &self,
        slot: usize,
        url: &DatabaseUrl,
        progress: impl FnMut(&DrainReport) + Send,
    ) -> Result<DrainReport, SpoolsError> {
        if Store::open(url).dialect() == Dialect::Memory {
            return Err(Kind::Memory.into());
        }
        let locked = self.0.lock(slot)?;
        let mut report = DrainReport::default();
        let directory = self.0.slot(slot);
        report.damaged_files =
            damaged_files::unfinished(&directory).map_err(|error| Kind::Path {
                path: directory,
                error,
            })?;
        let Some(path) = self.0.file(slot)? else {
            return Ok(report);
        };
        let failed = |error: SpoolError| Kind::File {
            path: path.clone(),
            error,
        };
        // The whole file is checked, because rows are removed from it.
        let mut spool = Spool::open_checked(locked).await.map_err(failed)?;
        let driver = Configured::new(url, false, drain::STATEMENT);
        let drained = Drain::new(driver, &mut spool, report).run(progress).await;
        let result = drained.map_err(|stop| stop.at(slot, &path));
        if matches!(&result, Ok(report) if report.left == 0) {
            // A file with dead letters stays open.
            if let Err(spool) = spool.discard().await {
                drop(spool.close().await);
            }
        } else {
            drop(spool.close().await);
        }
        result
    }
}
