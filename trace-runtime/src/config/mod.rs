//! What a recorder is told before it starts.

mod disabled;
mod environment;
mod error;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Policy;
use behavior_trace_store::{DatabaseUrl, spool};

use crate::health::RecorderError;
use crate::policy::{InvalidPattern, Pattern, PolicySource};
pub use disabled::Disabled;
pub use error::ConfigError;

/// What the recorder calls when something goes wrong.
pub(crate) type Hook = Arc<dyn Fn(&RecorderError) + Send + Sync>;

/// Everything a recorder can be told. [`Default`] is a good one; only the database URL has no default.
///
/// `Debug` prints the configuration in force, without any password.
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
    /// Switches the recorder on or off. Default: `true`. A recorder that is switched off starts without a URL, checks no other
    /// setting, and opens nothing: no thread, no spool, no connection. `BEHAVIOR_TRACE_ENABLED=false` overrides this field,
    /// also where it is set afterwards.
    pub enabled: bool,
    /// Where the rows go. Required.
    pub database_url: Option<DatabaseUrl>,
    /// Bring the table up to date when first connecting. Default: no; the table is only checked, and while it is missing
    /// or too old events are spooled and health is red.
    pub migrate: bool,
    /// The directory of the spool: the recorder's alone, on a volume that outlives the process. Default: none.
    pub spool_dir: Option<PathBuf>,
    /// How large the spool's file may grow, in bytes. Default: 1 GiB; at least 2 MiB. When it is full, events stay in memory
    /// until the queue is full too.
    pub spool_bytes: u64,
    /// What `accepted` means for every action that [`Config::durable_actions`] does not name. Default:
    /// [`Durability::Spool`] where there is a spool directory, else [`Durability::Memory`].
    pub durability: Option<Durability>,
    /// Actions recorded as [`Durability::Durable`] whatever the rest is: `order.approve`, or `order.*` for all of a noun.
    /// Any other form is refused.
    pub durable_actions: Vec<String>,
    /// How long a durable call waits at most. Default: 5 s. After that it returns, the event stays where it is, and
    /// `not_durable` counts it. The commit of a unit of work waits once for all of its durable events, no longer than this.
    pub durable_wait: Duration,
    /// Limits the bytes of events that wait in memory, in the whole process, those in units of work included. Default: 64 MiB;
    /// at least 64 KiB.
    pub queue_bytes: usize,
    /// Decides what happens to an event when the queue is full. Default: [`Overflow::DropNewest`].
    pub overflow: Overflow,
    /// How long an event waits for company before its batch is sent. Default: 100 ms; at most a minute.
    pub linger: Duration,
    /// How long one statement may take before its connection is given up and its rows are sent again. Default: 5 s; 0 is
    /// refused.
    pub statement_timeout: Duration,
    /// The rules. Default: the default policy.
    pub policy: Option<Arc<dyn Policy>>,
    /// Names rules that are added to the default policy: levels, and names to mask. Default: none. They cannot change a policy
    /// that is given in [`policy`](Self::policy): both together are refused.
    pub policy_source: Option<PolicySource>,
    /// Receives everything that goes wrong, on a thread of its own (`behavior-trace-hook`), which the recorder never waits
    /// for. 64 faults are queued; what it does not take in time is counted as `unreported`. A panic in it is caught.
    pub on_error: Option<Hook>,
    /// Where the one rate-limited line about trouble goes. Default: standard error.
    pub error_output: ErrorOutput,
    disabled_by_environment: bool,
    /// Problems found in the environment: told when the recorder starts.
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// What it means that an event is accepted, and so what a crash can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// It is in the bounded queue. A crash, or an outage longer than the queue is large, loses what is in memory. The
    /// call costs well under a microsecond.
    Memory,
    /// The same, and what the database cannot take within a quarter of a second goes to the spool, as does what is left at
    /// shutdown. A crash loses what is younger than that, the writer's tick and [`Config::linger`], and the batches under
    /// way, one per connection: a hanging server keeps those for up to four times [`Config::statement_timeout`]. An outage
    /// loses nothing until the spool is full. The call costs the same.
    Spool,
    /// It is in the spool, and on disk, before the call returns: a crash loses nothing. The call blocks its thread for
    /// one `fsync`, about a millisecond, and adds no await point.
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

/// Decides what happens to an event when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// It is dropped and counted. The caller does not wait.
    #[default]
    DropNewest,
    /// The caller's thread is blocked until there is room, or for this long; then the event is dropped and counted.
    Wait(Duration),
}

const KIB: usize = 1024;
const SMALLEST_QUEUE: usize = 64 * KIB;
/// Room for the largest batch. SQLite takes less than a page for no limit at all.
const SMALLEST_SPOOL: u64 = 2 * 1024 * 1024;
const LONGEST_LINGER: Duration = Duration::from_mins(1);

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            database_url: None,
            migrate: false,
            spool_dir: None,
            spool_bytes: 1024 * 1024 * 1024,
            durability: None,
            durable_actions: Vec::new(),
            durable_wait: Duration::from_secs(5),
            queue_bytes: 64 * KIB * KIB,
            overflow: Overflow::DropNewest,
            linger: Duration::from_millis(100),
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
    /// The durability in force for actions that are not named apart.
    pub fn durability(&self) -> Durability {
        self.durability.unwrap_or(if self.spool_dir.is_some() {
            Durability::Spool
        } else {
            Durability::Memory
        })
    }

    /// Returns the cause for which the recorder is switched off; `None` if it is on.
    pub const fn disabled(&self) -> Option<Disabled> {
        if self.disabled_by_environment {
            Some(Disabled::Environment)
        } else if self.enabled {
            None
        } else {
            Some(Disabled::Code)
        }
    }

    /// Whether anything is written to the spool.
    pub(crate) fn spools(&self) -> bool {
        self.durability() != Durability::Memory || !self.durable_actions.is_empty()
    }

    /// Returns the directory of the spool, if anything is written to one.
    pub(crate) fn spool_directory(&self) -> Option<&Path> {
        self.spool_dir.as_deref().filter(|_| self.spools())
    }

    /// What deserves a word but stops nothing.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn check(&self) -> Result<&DatabaseUrl, ConfigError> {
        if let Some(problem) = self.problems.first() {
            return Err(ConfigError::environment(problem));
        }
        let url = self.database_url.as_ref().ok_or_else(ConfigError::no_url)?;
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
        if self.linger > LONGEST_LINGER {
            return Err(ConfigError::linger(self.linger));
        }
        if self.statement_timeout.is_zero() {
            return Err(ConfigError::no_statement_timeout());
        }
        self.durable_patterns()
            .try_for_each(|pattern| pattern.map(drop))?;
        Ok(url)
    }

    /// Reads the rules that are added to the default policy, which become [`Config::policy`].
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

    /// What [`Config::durable_actions`] says.
    pub(crate) fn durable_patterns(&self) -> impl Iterator<Item = Result<Pattern, InvalidPattern>> {
        self.durable_actions.iter().map(|name| Pattern::read(name))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("enabled", &self.disabled().is_none())
            .field("database_url", &self.database_url)
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
            ("linger", |config| config.linger = Duration::MAX),
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
