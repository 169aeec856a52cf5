//! Settings of a recorder.

mod environment;
mod error;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Policy;
use behavior_trace_store::spool::BufferSlots;
use behavior_trace_store::{DEFAULT_SPOOL_BYTES, DatabaseUrl, spool};

use crate::destination::Destination;
pub use crate::disabled::Disabled;
use crate::health::RecorderError;
use crate::policy::{InvalidPattern, Pattern, PolicySource};
pub use error::ConfigError;

/// Error hook.
pub(crate) type Hook = Arc<dyn Fn(&RecorderError) + Send + Sync>;

/// All settings of a recorder. Every field except the database URL has a usable [`Default`].
///
/// `Debug` prints the configuration in force, without passwords.
///
/// ```
/// use behavior_trace::config::{Config, DatabaseUrl};
///
/// let mut config = Config::default();
/// config.database_url = Some("mysql://app:secret@db.example/orders".parse()?);
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), behavior_trace::config::DatabaseUrlError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Switch of the recorder. Default: `true`. A switched-off recorder starts without a URL and checks no other setting. It
    /// opens nothing: no thread, no spool, no connection. `BEHAVIOR_TRACE_ENABLED=false` overrides this field, even if the
    /// field is set afterwards.
    pub enabled: bool,
    /// URL of the database that stores the rows. Required, unless there is a [`destination`](Self::destination). Then it is for
    /// [`reader`](crate::Pipeline::reader) alone.
    pub database_url: Option<DatabaseUrl>,
    /// Destination of the rows in place of the database. Default: none, so the rows go to [`database_url`](Self::database_url).
    pub destination: Option<Destination>,
    /// Migration of the table at the first connection. Default: `false`, which only checks the table. While it is missing or
    /// too old, events are spooled and the health is [`HealthStatus::Unhealthy`](crate::HealthStatus::Unhealthy).
    pub migrate: bool,
    /// Directory of the spool, on a volume that outlives the process. Only recorders may use it. Default: none.
    pub spool_dir: Option<PathBuf>,
    /// Maximum size of the spool's file, in bytes. Default: 1 GiB; minimum: 2 MiB. When the file is full, events stay in memory
    /// until the queue is full too.
    pub spool_bytes: u64,
    /// Durability of every action that [`Config::durable_actions`] does not name. Default: [`Durability::Mapped`] with a spool
    /// directory on tmpfs, ext4 or xfs, [`Durability::Spool`] with another one, [`Durability::Memory`] without one.
    pub durability: Option<Durability>,
    /// Actions recorded as [`Durability::Durable`] regardless of [`Config::durability`]: `order.approve`, or `order.*` for all
    /// actions of a noun. Any other form is refused.
    pub durable_actions: Vec<String>,
    /// Time limit of the wait in a durable call. Default: 5 s. After it the call returns, the event stays in the pipeline, and
    /// `not_durable` counts it. The commit of a unit of work waits once, at most this long, for all of its durable events.
    pub durable_wait: Duration,
    /// Maximum bytes of the events in memory, for the whole process and including units of work. Default: 64 MiB; minimum:
    /// 64 KiB.
    pub queue_bytes: usize,
    /// Treatment of an event that finds the queue full. Default: [`Overflow::DropNewest`].
    pub overflow: Overflow,
    /// Fixed delay before a batch is sent, so that more events join it. Maximum: 1 minute. Default: none is fixed.
    ///
    /// Without it, an event after a quiet moment is sent at the writer's next tick, within 10 ms. What comes while a statement
    /// is under way waits for its end. Where events come faster than 160 a second, waiting gains something, and they wait: up
    /// to 100 ms from 1,280 a second on. A full batch never waits. While the database is unavailable, or rows of the spool are on
    /// their way to it, the delay is 100 ms.
    pub linger: Option<Duration>,
    /// Time limit of one statement. After it the writer closes the connection and sends the rows again. Default: 5 s; 0 is
    /// refused.
    pub statement_timeout: Duration,
    /// Policy in code. Default: the default policy.
    pub policy: Option<Arc<dyn Policy>>,
    /// Source of rules for the default policy: levels, and names to mask. Default: none. The rules cannot change a policy in
    /// [`policy`](Self::policy), so setting both is refused.
    pub policy_source: Option<PolicySource>,
    /// Error hook. It receives every error on a separate thread, `behavior-trace-hook`; the recorder never waits for it. At
    /// most 64 errors are queued; `unreported` counts those it does not take in time. A panic in the hook is caught.
    pub on_error: Option<Hook>,
    /// Destination of the rate-limited error line. Default: standard error.
    pub error_output: ErrorOutput,
    disabled_by_environment: bool,
    /// Problems of the environment, reported when the recorder starts.
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// Guarantee for an accepted event, and thus the events that a crash loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The event is in the bounded queue. A crash loses the events in memory, and so does an outage that outlasts the queue.
    /// The call costs well under a microsecond.
    Memory,
    /// The event is in the bounded queue. Events that the database does not take within a quarter of a second go to the spool.
    /// So do those left at shutdown. A crash loses the events younger than that time, the writer's tick and
    /// [`Config::linger`] together. It also loses the batches in progress, one per connection; a hanging server holds these for
    /// up to four times [`Config::statement_timeout`]. An outage loses nothing until the spool is full. The call costs as much
    /// as with [`Durability::Memory`].
    Spool,
    /// The event is in a buffer whose file the kernel keeps, and otherwise as with [`Durability::Spool`]. A process that is
    /// killed, aborts or runs out of memory loses no event whose call had returned. The next recorder on the same
    /// [`Config::spool_dir`] stores it, once, and counts it as `recovered`. A machine that fails loses what one with
    /// [`Durability::Spool`] loses. The call costs as much as with [`Durability::Memory`], but for a checksum.
    ///
    /// Each recording thread has a file of 64 KiB, and all of them have at most [`Config::queue_bytes`]. Where none can be
    /// made, as on a full disk, events are in memory, and the error hook receives one error. Only Linux has such buffers.
    Mapped,
    /// The event is in the spool, on disk, before the call returns; a crash loses nothing. The call blocks its thread for one
    /// `fsync`, about a millisecond, and adds no await point.
    Durable,
}

/// Destination of the rate-limited error line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOutput {
    /// Standard error, at most one line in ten seconds. A separate thread writes the line, so a pipe without a reader
    /// blocks nothing. A line that cannot be written is counted as `unreported`.
    #[default]
    Stderr,
    /// No output. The error hook, the statistics and the health carry the same information.
    Off,
}

/// Treatment of an event that finds the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Drops and counts the event. The caller does not wait.
    #[default]
    DropNewest,
    /// Blocks the caller's thread until there is room. After this time the event is dropped and counted.
    Wait(Duration),
}

const KIB: usize = 1024;
const SMALLEST_QUEUE: usize = 64 * KIB;
/// Room for the largest batch. SQLite treats a limit of less than one page as no limit.
const SMALLEST_SPOOL: u64 = 2 * 1024 * 1024;
const LONGEST_LINGER: Duration = Duration::from_mins(1);

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            database_url: None,
            destination: None,
            migrate: false,
            spool_dir: None,
            spool_bytes: DEFAULT_SPOOL_BYTES,
            durability: None,
            durable_actions: Vec::new(),
            durable_wait: Duration::from_secs(5),
            queue_bytes: 64 * KIB * KIB,
            overflow: Overflow::DropNewest,
            linger: None,
            statement_timeout: Duration::from_secs(5),
            policy: None,
            policy_source: None,
            on_error: None,
            error_output: ErrorOutput::Stderr,
            disabled_by_environment: false,
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Config {
    /// Returns the durability of actions that [`Config::durable_actions`] does not name.
    pub fn durability(&self) -> Durability {
        self.durability.unwrap_or_else(|| match &self.spool_dir {
            Some(directory) if BufferSlots::is_suitable(directory) => Durability::Mapped,
            Some(_) => Durability::Spool,
            None => Durability::Memory,
        })
    }

    /// Returns the cause of the switched-off recorder; `None` if it is on.
    pub const fn disabled(&self) -> Option<Disabled> {
        if self.disabled_by_environment {
            Some(Disabled::Environment)
        } else if self.enabled {
            None
        } else {
            Some(Disabled::Code)
        }
    }

    /// Returns whether the recorder uses a spool.
    pub(crate) fn spools(&self) -> bool {
        let spools = match self.durability {
            Some(durability) => durability != Durability::Memory,
            None => self.spool_dir.is_some(),
        };
        spools || !self.durable_actions.is_empty()
    }

    /// Returns the directory of the spool, if the recorder uses one.
    pub(crate) fn spool_directory(&self) -> Option<&Path> {
        self.spool_dir.as_deref().filter(|_| self.spools())
    }

    /// Returns the warnings, which do not keep the recorder from starting.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if let Some(problem) = self.problems.first() {
            return Err(ConfigError::environment(problem));
        }
        if self.database_url.is_none() && self.destination.is_none() {
            return Err(ConfigError::no_url());
        }
        if self.spools() && self.spool_dir.is_none() {
            return Err(ConfigError::no_spool_dir());
        }
        if self.spools() && !spool::AVAILABLE {
            return Err(ConfigError::no_spool());
        }
        if self.spools() && self.spool_bytes < SMALLEST_SPOOL {
            return Err(ConfigError::too_small(
                "spool_bytes",
                self.spool_bytes,
                SMALLEST_SPOOL,
            ));
        }
        if self.queue_bytes < SMALLEST_QUEUE {
            return Err(ConfigError::too_small(
                "queue_bytes",
                self.queue_bytes as u64,
                SMALLEST_QUEUE as u64,
            ));
        }
        if let Some(linger) = self.linger.filter(|linger| *linger > LONGEST_LINGER) {
            return Err(ConfigError::linger(linger));
        }
        if self.statement_timeout.is_zero() {
            return Err(ConfigError::no_statement_timeout());
        }
        self.durable_patterns()
            .try_for_each(|pattern| pattern.map(drop))?;
        Ok(())
    }

    /// Replaces [`Config::policy`] with the default policy and the rules of [`Config::policy_source`], if there is a source.
    pub(crate) fn read_policy(&mut self) -> Result<(), ConfigError> {
        let Some(source) = &self.policy_source else {
            return Ok(());
        };
        if self.policy.is_some() {
            return Err(ConfigError::two_policies());
        }
        self.policy = Some(Arc::new(source.read().map_err(ConfigError::policy)?));
        Ok(())
    }

    /// Returns the patterns of [`Config::durable_actions`].
    pub(crate) fn durable_patterns(&self) -> impl Iterator<Item = Result<Pattern, InvalidPattern>> {
        self.durable_actions.iter().map(|name| Pattern::read(name))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("enabled", &self.disabled().is_none())
            .field("database_url", &self.database_url)
            .field("destination", &self.destination)
            .field("migrate", &self.migrate)
            .field("spool_dir", &self.spool_dir)
            .field("spool_bytes", &self.spool_bytes)
            .field("durability", &self.durability())
            .field("durable_actions", &self.durable_actions)
            .field("durable_wait", &self.durable_wait)
            .field("queue_bytes", &self.queue_bytes)
            .field("overflow", &self.overflow)
            .field("linger", &self.linger)
            .field("statement_timeout", &self.statement_timeout)
            .field("policy_source", &self.policy_source)
            .field("error_output", &self.error_output)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_without_a_url_says_how_to_give_one() {
        let error = Config::default().check().expect_err("no URL").to_string();
        assert!(error.contains("database_url"), "{error}");
        assert!(error.contains("BEHAVIOR_TRACE_DATABASE_URL"), "{error}");
    }

    #[test]
    fn durable_without_a_directory_is_refused() {
        let config = Config {
            database_url: Some(DatabaseUrl::memory()),
            durable_actions: vec!["order.approve".to_owned()],
            ..Config::default()
        };
        let error = config.check().expect_err("no directory").to_string();
        assert!(error.contains("spool_dir"), "{error}");
    }

    #[test]
    fn a_value_that_could_not_work_is_refused_and_the_error_says_what_could() {
        type Change = fn(&mut Config);
        let changes: [(&str, Change); 5] = [
            ("65536", |config| config.queue_bytes = 1000),
            ("2097152", |config| config.spool_bytes = 4095),
            ("statement_timeout", |config| {
                config.statement_timeout = Duration::ZERO;
            }),
            ("linger", |config| config.linger = Some(Duration::MAX)),
            ("`user.*`", |config| {
                config.durable_actions = vec!["*.approve".to_owned()];
            }),
        ];
        for (said, change) in changes {
            let mut config = Config {
                database_url: Some(DatabaseUrl::memory()),
                spool_dir: Some("/var/spool/activity".into()),
                ..Config::default()
            };
            assert!(config.check().is_ok());
            change(&mut config);
            let error = config.check().expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_password_is_not_in_the_debug_form() {
        let config = Config {
            database_url: Some("mysql://app:canary77@127.0.0.1/x".parse().expect("a URL")),
            ..Config::default()
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("127.0.0.1"), "{shown}");
        assert!(!shown.contains("canary77"), "{shown}");
    }
}
