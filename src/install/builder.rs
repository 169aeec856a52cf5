//! What is said before the recorder starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::{Context, Mirror, Policy};
use behavior_trace_layer::{LevelFilter, SpanFieldNames};
use behavior_trace_runtime::{
    Config, ConfigError, Durability, ErrorOutput, Overflow, Pipeline, PolicySource, RecorderError,
};
use behavior_trace_store::DatabaseUrlError;

use super::BehaviorTrace;
use super::owner::LayerSettings;

/// Sets a recorder up; made by [`BehaviorTrace::builder`].
///
/// Only [`database_url`](Self::database_url) is required. What is not set here is taken from the environment
/// (`BEHAVIOR_TRACE_*`, see [`Config::from_env`]), and else has the default that stands with each setter.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct BehaviorTraceBuilder {
    config: Config,
    layer: LayerSettings,
    bad_url: Option<DatabaseUrlError>,
}

impl From<Config> for BehaviorTraceBuilder {
    /// Starts from a configuration, as an application reads it from a file of its own. Nothing else is taken from the
    /// environment, except `BEHAVIOR_TRACE_ENABLED=false`.
    ///
    /// ```
    /// use behavior_trace::BehaviorTraceBuilder;
    /// use behavior_trace::config::{Config, DatabaseUrl};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut config = Config::default();
    /// config.database_url = Some(DatabaseUrl::memory());
    /// let recorder = BehaviorTraceBuilder::from(config).build()?;
    /// # Ok(()) }
    /// ```
    fn from(mut config: Config) -> Self {
        config.heed_switch();
        Self::with(config)
    }
}

impl BehaviorTraceBuilder {
    pub(super) fn new() -> Self {
        Self::with(Config::from_env())
    }

    fn with(mut config: Config) -> Self {
        check_proxies(&mut config);
        Self {
            config,
            layer: LayerSettings::default(),
            bad_url: None,
        }
    }

    /// Switches the recorder on or off. Default: on.
    ///
    /// Switched off, [`build`](Self::build) checks nothing else and opens nothing: no thread, no spool, no
    /// connection. The layer collects nothing, so that an annotated call costs one load;
    /// [`verify`](BehaviorTrace::verify) and [`health`](BehaviorTrace::health) name the switch. In the environment
    /// `BEHAVIOR_TRACE_ENABLED=false` overrides this setting, so that it needs no new release of the application.
    ///
    /// ```
    /// use behavior_trace::BehaviorTrace;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorder = BehaviorTrace::builder().enabled(false).build()?;
    /// assert_eq!(recorder.stats().accepted, 0);
    /// # Ok(()) }
    /// ```
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.config.enabled = enabled;
        self
    }

    /// Where the rows go: `mysql://user:password@host/database` for MySQL and MariaDB, `sqlite:path` for SQLite, `memory:`
    /// for a test.
    ///
    /// A host that is not this machine is spoken to over TLS only, unless the URL waives it. A malformed URL is the error
    /// that [`build`](Self::build) returns.
    pub fn database_url(mut self, url: impl AsRef<str>) -> Self {
        match url.as_ref().parse() {
            Ok(url) => {
                self.config.database_url = Some(url);
                self.bad_url = None;
            }
            Err(error) => self.bad_url = Some(error),
        }
        self
    }

    /// Whether the table is made, and brought up to date, when the database is first reached. Default: `false`; then the
    /// table is only checked, and as long as it is missing, events are spooled or kept in memory and health says why.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.config.migrate = migrate;
        self
    }

    /// A directory of the recorder's own for what the database cannot take now: it outlives outages, restarts and
    /// crashes, if the volume does. Default: none; then events wait in memory alone.
    pub fn spool_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.spool_dir = Some(directory.into());
        self
    }

    /// How large the spool's file may grow, in bytes. Default: 1 GiB; at least 2 MiB.
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.config.spool_bytes = bytes;
        self
    }

    /// What it means that an event is accepted, and so what a crash can take. Default: [`Durability::Spool`] with a spool
    /// directory, else [`Durability::Memory`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.config.durability = Some(durability);
        self
    }

    /// Makes one action durable, `order.approve`, or all of a noun, `order.*`: its events are on disk before the call
    /// returns, which blocks the calling thread for one `fsync`. Those of a unit of work are handed over together when it
    /// commits, and waited for once. Needs a [spool directory](Self::spool_dir); a name of any
    /// other form is an error that [`build`](Self::build) returns.
    pub fn durable_action(mut self, action: impl Into<String>) -> Self {
        self.config.durable_actions.push(action.into());
        self
    }

    /// Sets the longest time that a durable call waits for the disk. Default: 5 s. After that the call returns, the event stays
    /// where it is, and [`Stats::not_durable`](crate::health::Stats::not_durable) counts it.
    pub fn durable_wait(mut self, wait: Duration) -> Self {
        self.config.durable_wait = wait;
        self
    }

    /// Limits the bytes of events that wait in memory, in the whole process, those in units of work included. Default: 64 MiB;
    /// at least 64 KiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.config.queue_bytes = bytes;
        self
    }

    /// Decides what happens to an event when the queue is full. Default: [`Overflow::DropNewest`], counted; in a unit of work once it
    /// commits.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.config.overflow = overflow;
        self
    }

    /// How long an event waits for company before its batch is sent. Default: 100 ms; at most a minute.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.config.linger = linger;
        self
    }

    /// How long one statement may take before its connection is given up and its rows are sent again. Default: 5 s; 0 is
    /// refused.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.config.statement_timeout = timeout;
        self
    }

    /// The rules: levels, masks, limits. Default: [`DefaultPolicy`](crate::policy::DefaultPolicy). They can be replaced
    /// while the recorder runs, with [`RecorderHandle::set_policy`](crate::RecorderHandle::set_policy).
    ///
    /// ```
    /// use behavior_trace::BehaviorTrace;
    /// use behavior_trace::policy::{DefaultPolicy, Level};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = DefaultPolicy::new()
    ///     .mask("salary")
    ///     .action_level("draft.*", Level::Off)?;
    /// let recorder = BehaviorTrace::builder().database_url("memory:").policy(policy).build()?;
    /// # Ok(()) }
    /// ```
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.config.policy = Some(Arc::new(policy));
        self
    }

    /// Names rules that are added to the default policy: the text of them, or `file:` and a path; see
    /// [`PolicySource`]. Default: `BEHAVIOR_TRACE_POLICY`, else none. They are read by [`build`](Self::build), and again by
    /// [`reload_policy`](BehaviorTrace::reload_policy); nothing is watched.
    ///
    /// They cannot change a policy that [`policy`](Self::policy) gives: both together are an error of `build`. Add rules to a
    /// policy in code with [`DefaultPolicy::with_rules`](crate::policy::DefaultPolicy::with_rules).
    ///
    /// ```
    /// use behavior_trace::BehaviorTrace;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorder = BehaviorTrace::builder()
    ///     .database_url("memory:")
    ///     .policy_source("user.*=facts, resource:Draft=off")
    ///     .build()?;
    /// recorder.reload_policy()?;
    /// # Ok(()) }
    /// ```
    pub fn policy_source(mut self, source: impl Into<PolicySource>) -> Self {
        self.config.policy_source = Some(source.into());
        self
    }

    /// Receives everything that goes wrong. It runs on the thread `behavior-trace-hook`, which starts with the first
    /// [`RecorderError`] and runs nothing else, one call after the other. The recorder never waits for it: 64 faults are queued, and
    /// what it does not take in time is counted as `unreported`. A shutdown leaves it 50 ms. A panic in it is caught and
    /// counted, and what it calls is not recorded. Default: none; one rate-limited line goes to standard error either way.
    pub fn on_error(mut self, hook: impl Fn(&RecorderError) + Send + Sync + 'static) -> Self {
        self.config.on_error = Some(Arc::new(hook));
        self
    }

    /// Sets the destination of the rate-limited error line. Default: [`ErrorOutput::Stderr`].
    pub fn error_output(mut self, output: ErrorOutput) -> Self {
        self.config.error_output = output;
        self
    }

    /// Which span fields say the request, the route, the actor. Default: [`SpanFieldNames::default`].
    pub fn span_field_names(mut self, names: SpanFieldNames) -> Self {
        self.layer.span_field_names = names;
        self
    }

    /// How much of each event other layers see as an ordinary `tracing` event. Default: [`Mirror::Facts`].
    pub fn mirror(mut self, mirror: Mirror) -> Self {
        self.layer.mirror = mirror;
        self
    }

    /// Sets the most verbose level at which `tracing` is asked for hand-written events and for the fields of spans. Default:
    /// `DEBUG`.
    ///
    /// Annotated functions are recorded at every level, `OFF` included. The level is a floor under what the whole process
    /// asks of `tracing` and `log`: in a service that logs at INFO, each `debug!` costs a look at its callsite, and
    /// `log::max_level()` is `Debug`. With `LevelFilter::INFO` both stay as they are without the layer. What is more verbose
    /// is collected only where another layer asks for it; [`verify`](BehaviorTrace::verify) names those levels.
    ///
    /// ```
    /// use behavior_trace::BehaviorTrace;
    /// use behavior_trace::config::LevelFilter;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorder = BehaviorTrace::builder().database_url("memory:").max_level(LevelFilter::INFO).build()?;
    /// # Ok(()) }
    /// ```
    pub fn max_level(mut self, level: LevelFilter) -> Self {
        self.layer.max_level = Some(level);
        self
    }

    /// Who acts where neither a context nor a span says it: a command-line tool's or a worker's whole process. Default:
    /// nobody, stored as `ANONYMOUS` and counted.
    pub fn default_context(mut self, context: Context) -> Self {
        self.layer.fallback = Some(context);
        self
    }

    /// Starts recording. It waits for nothing: a database that is away is waited for behind the scenes.
    ///
    /// # Errors
    ///
    /// Only a misconfiguration: a missing or malformed database URL, a spool directory that cannot be used, a dialect
    /// whose feature is off, a limit that nothing could work within. The error says what to write instead.
    pub fn build(self) -> Result<BehaviorTrace, ConfigError> {
        if let (Some(error), None) = (self.bad_url, self.config.disabled()) {
            return Err(error.into());
        }
        Ok(BehaviorTrace::new(
            Pipeline::start(self.config)?,
            self.layer,
        ))
    }
}

/// Refuses a malformed list here: the middleware, which reads it, cannot fail.
#[cfg(feature = "http")]
fn check_proxies(config: &mut Config) {
    if let Err(error) = behavior_trace_layer::headers::TrustedProxies::from_env() {
        config.note_problem(error.to_string());
    }
}

#[cfg(not(feature = "http"))]
fn check_proxies(config: &mut Config) {
    if std::env::var_os("BEHAVIOR_TRACE_TRUSTED_PROXIES").is_some() {
        config.note_warning(
            "BEHAVIOR_TRACE_TRUSTED_PROXIES changes nothing without the feature `http` of `behavior-trace`; enable it"
                .to_owned(),
        );
    }
}
