//! The builder of a recorder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use behavior_trace_core::{Context, Mirror, Policy};
use behavior_trace_layer::{LevelFilter, SpanFieldNames, check_trusted_proxies};
use behavior_trace_runtime::{
    Config, ConfigError, Destination, Durability, ErrorOutput, Overflow, Pipeline, PolicySource,
    RecorderError,
};
use behavior_trace_store::DatabaseUrlError;

use super::BehaviorTrace;
use super::owner::LayerSettings;

/// Builder of a recorder, created by [`BehaviorTrace::builder`].
///
/// Only [`database_url`](Self::database_url) or a [`destination`](Self::destination) is required. A setting that is not made here comes from the environment
/// (`BEHAVIOR_TRACE_*`, see [`Config::from_env`]). Without a variable it has the default of its setter.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct BehaviorTraceBuilder {
    config: Config,
    layer: LayerSettings,
    bad_url: Option<DatabaseUrlError>,
}

impl From<Config> for BehaviorTraceBuilder {
    /// Creates a builder from a configuration, for example one from the application's own file. Of the environment, only
    /// `BEHAVIOR_TRACE_ENABLED=false` still applies.
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
    /// If it is off, [`build`](Self::build) checks nothing else and opens nothing: no thread, no spool, no connection. The
    /// layer collects nothing, so an annotated call costs one load. [`verify`](BehaviorTrace::verify) and
    /// [`health`](BehaviorTrace::health) name the switch. `BEHAVIOR_TRACE_ENABLED=false` in the environment overrides this
    /// setting, without a new release of the application.
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

    /// Sets the database URL: `mysql://user:password@host/database` for MySQL and MariaDB, `sqlite:path` for SQLite,
    /// `memory:` for a test.
    ///
    /// Connections to another machine use TLS, unless the URL waives it. A malformed URL is an error of
    /// [`build`](Self::build).
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

    /// Sets the destination of the rows in place of the database, for services that must not reach it: a
    /// `behavior_trace_nats::JetStream`. Default: none.
    ///
    /// The spool stands behind it as behind a database, and [`verify`](BehaviorTrace::verify) checks it without storing a row.
    /// [`database_url`](Self::database_url) is then for [`reader`](BehaviorTrace::reader) alone, and the recorder migrates
    /// nothing.
    pub fn destination(mut self, destination: impl StoreDriver) -> Self {
        self.config.destination = Some(Destination::new(destination));
        self
    }

    /// Sets whether the first connection creates or updates the table. Default: `false`, which only checks the table. While it
    /// is missing or too old, events are spooled or kept in memory, and health names the cause.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.config.migrate = migrate;
        self
    }

    /// Sets the directory of the spool, which holds the events that the database cannot take now. On a lasting volume it
    /// outlives outages, restarts and crashes. Only recorders may use the directory. Default: none; events wait only in
    /// memory.
    pub fn spool_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.spool_dir = Some(directory.into());
        self
    }

    /// Sets the maximum size of the spool's file, in bytes. Default: 1 GiB; minimum: 2 MiB.
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.config.spool_bytes = bytes;
        self
    }

    /// Sets the guarantee for an accepted event, and thus the events that a crash loses. Default:
    /// [`Durability::Mapped`] with a spool directory on tmpfs, ext4 or xfs, [`Durability::Spool`] with another one,
    /// [`Durability::Memory`] without one.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.config.durability = Some(durability);
        self
    }

    /// Makes one action durable, such as `order.approve`, or all actions of a noun, such as `order.*`. Its events are on disk
    /// before the call returns, which blocks the calling thread for one `fsync`. A unit of work submits its durable events
    /// together at the commit, and waits for them once.
    ///
    /// It needs a [spool directory](Self::spool_dir). A name of any other form is an error of [`build`](Self::build).
    pub fn durable_action(mut self, action: impl Into<String>) -> Self {
        self.config.durable_actions.push(action.into());
        self
    }

    /// Sets the time limit of the wait in a durable call. Default: 5 s. After it the call returns, the event stays in the
    /// pipeline, and [`Stats::not_durable`](crate::health::Stats::not_durable) counts it.
    pub fn durable_wait(mut self, wait: Duration) -> Self {
        self.config.durable_wait = wait;
        self
    }

    /// Sets the maximum bytes of the events in memory, for the whole process and including units of work. Default: 64 MiB;
    /// minimum: 64 KiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.config.queue_bytes = bytes;
        self
    }

    /// Sets the treatment of an event that finds the queue full. Default: [`Overflow::DropNewest`], which drops and counts
    /// it. In a unit of work the event is counted only if the unit commits.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.config.overflow = overflow;
        self
    }

    /// Sets a fixed delay before a batch is sent, so that more events join it. Maximum: 1 minute. Default: none is fixed. An
    /// event after a quiet moment is sent within 10 ms, and events wait for others only where many come:
    /// [`Config::linger`](crate::config::Config::linger).
    pub fn linger(mut self, linger: Duration) -> Self {
        self.config.linger = Some(linger);
        self
    }

    /// Sets the time limit of one statement. After it the writer closes the connection and sends the rows again. Default:
    /// 5 s; 0 is refused.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.config.statement_timeout = timeout;
        self
    }

    /// Sets the policy: levels, masks, limits. Default: [`DefaultPolicy`](crate::policy::DefaultPolicy). A running recorder
    /// can replace it with [`RecorderHandle::set_policy`](crate::RecorderHandle::set_policy).
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

    /// Sets the source of rules for the default policy: their text, or `file:` and a path; see [`PolicySource`]. Default:
    /// `BEHAVIOR_TRACE_POLICY`, else none. [`build`](Self::build) reads them, and
    /// [`reload_policy`](BehaviorTrace::reload_policy) reads them again; the recorder watches no file.
    ///
    /// The rules cannot change a policy in [`policy`](Self::policy), so setting both is an error of `build`. Add rules to a
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

    /// Sets the error hook, which receives every error. It runs on the thread `behavior-trace-hook`, one call after the other.
    /// The first [`RecorderError`] starts this thread, which runs nothing else. The recorder never waits for it. At most 64
    /// errors are queued; `unreported` counts those it does not take in time. A shutdown leaves it 50 ms. A panic in the hook
    /// is caught and counted, and its own activity is not recorded.
    ///
    /// Default: none. With or without a hook, one rate-limited line goes to standard error.
    pub fn on_error(mut self, hook: impl Fn(&RecorderError) + Send + Sync + 'static) -> Self {
        self.config.on_error = Some(Arc::new(hook));
        self
    }

    /// Sets the destination of the rate-limited error line. Default: [`ErrorOutput::Stderr`].
    pub fn error_output(mut self, output: ErrorOutput) -> Self {
        self.config.error_output = output;
        self
    }

    /// Sets the names of the span fields with the request, the route and the actor. Default: [`SpanFieldNames::default`].
    pub fn span_field_names(mut self, names: SpanFieldNames) -> Self {
        self.layer.span_field_names = names;
        self
    }

    /// Sets the part of each event that other layers see as an ordinary `tracing` event. Default: [`Mirror::Facts`].
    pub fn mirror(mut self, mirror: Mirror) -> Self {
        self.layer.mirror = mirror;
        self
    }

    /// Sets the most verbose level of hand-written events and of span fields that the layer asks `tracing` for. Default:
    /// `DEBUG`.
    ///
    /// Annotated functions are recorded at every level, `OFF` included. The level is the minimum verbosity that the whole
    /// process asks of `tracing` and `log`. With the default, in a service that logs at INFO, each `debug!` costs a look at
    /// its callsite, and `log::max_level()` is `Debug`. With `LevelFilter::INFO` both stay as they are without the layer.
    /// More verbose events are collected only if another layer asks for them; [`verify`](BehaviorTrace::verify) names those
    /// levels.
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

    /// Sets the context of events whose context and spans name no actor. It is for processes with one actor, such as a
    /// command-line tool or a worker. Default: no actor; such events are stored as `ANONYMOUS` and counted.
    pub fn default_context(mut self, context: Context) -> Self {
        self.layer.fallback = Some(context);
        self
    }

    /// Starts a recorder without waiting for anything. An unavailable database is not an error: the writer waits for it in the
    /// background.
    ///
    /// # Errors
    ///
    /// A misconfiguration: a missing or malformed database URL, an unusable spool directory, a dialect whose feature is off,
    /// or a limit outside its range. It also fails if the writer's thread cannot be started. The error names the remedy.
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

/// Checks the list here, so that a malformed one is an error of the start: the middleware, which reads it, cannot fail.
fn check_proxies(config: &mut Config) {
    match check_trusted_proxies() {
        Some(Ok(())) => {}
        Some(Err(problem)) => config.note_problem(problem),
        None if std::env::var_os("BEHAVIOR_TRACE_TRUSTED_PROXIES").is_none() => {}
        None => config.note_warning(
            "BEHAVIOR_TRACE_TRUSTED_PROXIES changes nothing without the feature `http` or `headers` of `behavior-trace`; \
             enable the one that makes the contexts of requests"
                .to_owned(),
        ),
    }
}
