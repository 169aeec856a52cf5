//! Inspection of a database and a spool: what an operator looks at first when activity is missing.

#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod anonymous;
#[cfg(feature = "mysql")]
mod clock;
#[cfg(feature = "mysql")]
mod durability;
#[cfg(feature = "sqlite")]
mod file;
mod finding;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod indexes;
#[cfg(feature = "mysql")]
mod partitions;
#[cfg(feature = "mysql")]
mod rights;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod schema;
#[cfg(feature = "mysql")]
mod server;
#[cfg(feature = "mysql")]
mod session;
#[cfg(feature = "sqlite")]
mod spool;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod subject;
#[cfg(all(test, unix, feature = "mysql", feature = "sqlite"))]
#[path = "../../tests/inspection/mod.rs"]
mod tests;
#[cfg(feature = "mysql")]
mod tls;

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

pub use finding::{Check, Finding, FindingLevel};

use crate::grants::Role;
use crate::store::{DatabaseUrl, Target};

/// A day in microseconds.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
const DAY: i64 = 24 * 3_600_000_000;

/// Inspection of a database, and of a spool directory if one is given. It needs no recorder, but a tokio runtime.
///
/// [`run`](Self::run) returns what it found, in the order of [`Check`]. A check may have several findings, and one that does
/// not apply has none, such as TLS for SQLite. A check that could not be made is a warning with the reason, and the later
/// ones still run. If no server answers, `connection` fails, and the other checks of the database are left out.
///
/// It changes nothing. As a writer it stores a row and rolls it back; on MySQL and MariaDB that uses up an id of the table.
/// No text contains a password.
///
/// | check | warns | fails |
/// |---|---|---|
/// | `url` | a parameter has no effect | – |
/// | `connection` | one of several hosts does not answer; the version is older than the tests run | no host answers; none takes writes |
/// | `tls` | another machine is spoken to in plain text, or its certificate is not verified | – |
/// | `session` | `max_allowed_packet` is less than 4 MiB; the binary log holds statements | a setting cannot be set; the packet holds no row of full size |
/// | `durability` | a commit is not synced to the server's disk | – |
/// | `schema` | a migration is pending; a takeover is not finished | the table does not take the recorder's rows |
/// | `rights` | the account may change more than its role needs | a right is missing |
/// | `probe-row` | – | the row is refused |
/// | `clock` | the clocks differ by more than a second | by more than a minute |
/// | `indexes` | one is missing or redundant | the unique one is missing |
/// | `partitions` | none reaches a day ahead; `future` has rows | a row of tomorrow has no partition |
/// | `anonymous` | more than 10 % of the latest rows of a day have no actor | – |
/// | `spool-directory` | it does not exist; other users can read it | another user owns it or can write to it |
/// | `spool-volume` | it is in memory or remote; it has less room than the spool may take | less than 16 MiB is free |
/// | `spool-slots` | rows of a process that is gone; an unreadable slot | – |
/// | `spool-damage` | – | a damaged file has not been read back |
/// | `dead-letters` | there are some | – |
///
/// ```
/// use behavior_trace::config::DatabaseUrl;
/// use behavior_trace::inspection::{Inspection, FindingLevel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let url = DatabaseUrl::memory();
/// // let url: DatabaseUrl = "mysql://recorder:secret@db.internal/shop".parse()?;
/// let findings = Inspection::new(&url).run().await;
/// for finding in findings.iter().filter(|finding| finding.level > FindingLevel::Ok) {
///     println!("{}: {}", finding.check, finding.found);
///     println!("  {}", finding.remedy.as_deref().unwrap_or_default());
/// }
/// # assert!(findings.iter().all(|finding| finding.level == FindingLevel::Ok));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an inspection does nothing until it is run"]
pub struct Inspection {
    url: DatabaseUrl,
    role: Role,
    #[cfg(feature = "sqlite")]
    spool_dir: Option<PathBuf>,
    #[cfg(feature = "sqlite")]
    spool_bytes: u64,
}

impl Inspection {
    /// Default maximum size of a spool, as the recorder has it: 1 GiB.
    #[cfg(feature = "sqlite")]
    pub const DEFAULT_SPOOL_BYTES: u64 = crate::DEFAULT_SPOOL_BYTES;

    /// Creates the inspection of the database behind a URL, for the role of a writer. It opens no connection yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            role: Role::Writer,
            #[cfg(feature = "sqlite")]
            spool_dir: None,
            #[cfg(feature = "sqlite")]
            spool_bytes: Self::DEFAULT_SPOOL_BYTES,
        }
    }

    /// Sets the role whose rights the account of the URL needs. Default: [`Role::Writer`], which on MariaDB means
    /// [`Role::MariaDbWriter`].
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Adds a spool directory. The inspection has to run as the user of the service.
    #[cfg(feature = "sqlite")]
    pub fn spool_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool_dir = Some(directory.into());
        self
    }

    /// Sets the maximum size of a spool that the service is configured with. Default:
    /// [`DEFAULT_SPOOL_BYTES`](Self::DEFAULT_SPOOL_BYTES).
    #[cfg(feature = "sqlite")]
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.spool_bytes = bytes;
        self
    }

    /// Makes all checks. Each takes at most 10 s, and reaching a host 5 s.
    pub async fn run(&self) -> Vec<Finding> {
        let mut findings = vec![self.of_url()];
        findings.extend(self.of_database().await);
        #[cfg(feature = "sqlite")]
        if let Some(directory) = &self.spool_dir {
            findings.extend(spool::inspect(directory, self.spool_bytes).await);
        }
        findings
    }

    fn of_url(&self) -> Finding {
        match self.url.warning() {
            None => Finding::ok(Check::Url, self.url.to_string()),
            Some(warning) => Finding::warn(
                Check::Url,
                warning,
                "remove these parameters from the recorder's URL",
            ),
        }
    }

    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(clippy::unused_async, reason = "memory alone never waits")
    )]
    async fn of_database(&self) -> Vec<Finding> {
        match &self.url.0 {
            Target::Memory(_) => vec![Finding::ok(
                Check::Connection,
                "this process's memory, whose rows end with it",
            )],
            #[cfg(feature = "mysql")]
            Target::MySql(options) => server::inspect(&self.url, options, self.role).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => file::inspect(&self.url, options, self.role).await,
        }
    }
}
