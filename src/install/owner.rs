//! The owner of a running recorder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::{CollectionCheck, Context, Mirror, Sink};
use behavior_trace_layer::{BehaviorTraceLayer, InstallError, LevelFilter, SpanFieldNames};
use behavior_trace_runtime::{
    ConfigError, DeliveryReport, Health, Pipeline, PolicyError, RecorderHandle, Stats,
};
use behavior_trace_store::{PreflightError, Reader};

use super::{BehaviorTraceBuilder, Verification};

/// A running recorder. Keep it in `main` for the life of the application. End it with [`shutdown`](Self::shutdown) after
/// the service has stopped its own work.
///
/// Dropping it ends the recording too, with a deadline of 2 s for the events in memory. Annotated functions do not need it:
/// the [layer](Self::layer) finds them. Routes that show its health or its rows hold a [`handle`](Self::handle) or a
/// [`reader`](Self::reader). Where a framework owns `main`, put it into the framework's state, in an [`Arc`] if need be.
///
/// ```no_run
/// use behavior_trace::BehaviorTrace;
/// use std::time::Duration;
/// use tracing_subscriber::prelude::*;
///
/// # async fn serve() {}
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = BehaviorTrace::builder()
///     .database_url("mysql://recorder:secret@db.internal/shop")
///     .spool_dir("/var/lib/shop/activity")
///     .build()?;
/// tracing_subscriber::registry().with(recorder.layer()).init();
///
/// serve().await;
///
/// let report = recorder.shutdown(Duration::from_secs(10)).await;
/// if report.dropped.total() > 0 {
///     eprintln!("{report}");
/// }
/// # Ok(()) }
/// ```
#[must_use = "dropping it ends the recording"]
pub struct BehaviorTrace {
    recorder: Pipeline,
    sink: Arc<dyn Sink>,
    layer: LayerSettings,
}

impl fmt::Debug for BehaviorTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BehaviorTrace")
            .field(&self.recorder)
            .finish()
    }
}

/// Settings of each layer of the recorder.
#[derive(Debug, Default)]
pub(super) struct LayerSettings {
    pub(super) span_field_names: SpanFieldNames,
    pub(super) mirror: Mirror,
    pub(super) max_level: Option<LevelFilter>,
    pub(super) fallback: Option<Context>,
}

impl BehaviorTrace {
    /// Starts a recorder into the database of this URL, and creates or updates the table there. It waits for nothing.
    ///
    /// It is short for `builder().database_url(url).migrate(true).build()`. The account may create the table, so this is for
    /// development, for SQLite, and for services without a deployment step of their own; with one, use the
    /// [`builder`](Self::builder). The other settings come from the environment.
    ///
    /// # Errors
    ///
    /// A misconfiguration, as of [`build`](BehaviorTraceBuilder::build): the URL, or a variable of the environment.
    ///
    /// ```
    /// use behavior_trace::BehaviorTrace;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorder = BehaviorTrace::start("memory:")?;
    /// # Ok(()) }
    /// ```
    pub fn start(url: impl AsRef<str>) -> Result<Self, ConfigError> {
        Self::builder().database_url(url).migrate(true).build()
    }

    /// Returns a builder whose settings come from the environment.
    pub fn builder() -> BehaviorTraceBuilder {
        BehaviorTraceBuilder::new()
    }

    pub(super) fn new(recorder: Pipeline, layer: LayerSettings) -> Self {
        Self {
            sink: recorder.sink(),
            recorder,
            layer,
        }
    }

    /// Returns the layer that collects activity. Add it to the subscriber of the application. Level filters around it do not
    /// affect annotated functions.
    ///
    /// The layer has its own filter, so the other events and spans of the process cost nothing here. Other layers see the same
    /// as without it. The layer of a [switched-off](BehaviorTraceBuilder::enabled) recorder collects nothing.
    pub fn layer<S>(&self) -> BehaviorTraceLayer<S> {
        let settings = &self.layer;
        let layer = BehaviorTraceLayer::new(self.sink.clone())
            .span_field_names(settings.span_field_names.clone())
            .mirror(settings.mirror)
            .max_level(settings.max_level.unwrap_or(LevelFilter::DEBUG));
        let layer = match &settings.fallback {
            Some(context) => layer.default_context(context.clone()),
            None => layer,
        };
        match self.recorder.disabled() {
            Some(_) => layer.disabled(),
            None => layer,
        }
    }

    /// Installs a subscriber with the [layer](Self::layer) alone, for an application that has no other, such as one that logs
    /// with `env_logger`. It never panics and touches no logger of the crate `log`.
    ///
    /// With a subscriber of your own, add [`layer`](Self::layer) to it instead.
    ///
    /// # Errors
    ///
    /// Returns [`InstallError`](crate::health::InstallError) if the process already has a global subscriber. Nothing is
    /// changed then, and the error says whether that subscriber records.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use behavior_trace::BehaviorTrace;
    ///
    /// let recorder = BehaviorTrace::builder().database_url("mysql://recorder@localhost/shop").build()?;
    /// if let Err(error) = recorder.install() {
    ///     eprintln!("{error}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn install(&self) -> Result<(), InstallError> {
        self.layer().install()
    }

    /// Returns a handle to the recorder. Clones are cheap. A handle does not keep the recorder running.
    pub fn handle(&self) -> RecorderHandle {
        self.recorder.handle()
    }

    /// Returns a reader of the rows, with its own connections.
    pub fn reader(&self) -> Reader {
        self.recorder.reader()
    }

    /// Checks that activity is collected here and would be stored; the result names the reason if not. Call it once at start,
    /// where requests will run, and print its result.
    ///
    /// A probe goes through the current subscriber, and a probe row is inserted into the table and rolled back. Nothing is
    /// stored. Other layers see the probe: an event and a span named `canary` at each of INFO, DEBUG and TRACE that they ask
    /// for. The service may start in any case.
    ///
    /// ```
    /// # use behavior_trace::BehaviorTrace;
    /// # use std::time::Duration;
    /// # async fn run(recorder: BehaviorTrace) {
    /// let verification = recorder.verify(Duration::from_secs(5)).await;
    /// if !verification.is_ok() {
    ///     eprintln!("{verification}");
    /// }
    /// # }
    /// ```
    pub async fn verify(&self, deadline: Duration) -> Verification {
        let collection = self.collection();
        let storage = self.recorder.preflight(deadline).await;
        self.verification(collection, storage)
    }

    /// Runs [`verify`](Self::verify) from code that is not async. It blocks the thread.
    pub fn verify_blocking(&self, deadline: Duration) -> Verification {
        let collection = self.collection();
        let storage = self.recorder.preflight_blocking(deadline);
        self.verification(collection, storage)
    }

    fn collection(&self) -> CollectionCheck {
        match self.recorder.disabled() {
            Some(_) => CollectionCheck::disabled(),
            None => CollectionCheck::check(&self.sink),
        }
    }

    fn verification(
        &self,
        collection: CollectionCheck,
        storage: Result<(), PreflightError>,
    ) -> Verification {
        let without_actor = self.recorder.stats().without_actor;
        Verification::new(
            collection,
            storage,
            self.recorder.disabled(),
            self.recorder.spool_warning(),
            without_actor,
        )
    }

    /// Reads the rules of [`BehaviorTraceBuilder::policy_source`] or `BEHAVIOR_TRACE_POLICY` again, and applies them on every
    /// thread. Call it where the application reloads its own settings, such as on a signal: the recorder watches no file.
    ///
    /// A reload is useful if the source names a file, since the variables of a running process do not change.
    ///
    /// # Errors
    ///
    /// An unreadable file, a malformed rule, or no source. The policy in force stays.
    ///
    /// ```
    /// # use behavior_trace::BehaviorTrace;
    /// # fn reload(recorder: &BehaviorTrace) {
    /// if let Err(error) = recorder.reload_policy() {
    ///     eprintln!("the activity policy stays as it was: {error}");
    /// }
    /// # }
    /// ```
    pub fn reload_policy(&self) -> Result<(), PolicyError> {
        self.recorder.reload_policy()
    }

    /// Returns the counters of all events.
    pub fn stats(&self) -> Stats {
        self.recorder.stats()
    }

    /// Returns the health of the recorder, with causes and remedies.
    pub fn health(&self) -> Health {
        self.recorder.health()
    }

    /// Waits until every event whose call has returned is stored, spooled, dead-lettered or counted as lost. It returns at the
    /// deadline at the latest.
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.recorder.flush(deadline).await
    }

    /// Runs [`flush`](Self::flush) from code that is not async. It blocks the thread.
    pub fn flush_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.recorder.flush_blocking(deadline)
    }

    /// Ends the recording. No further event is accepted. Those in memory are stored or, when most of the deadline has passed,
    /// spooled. The call returns by the deadline, whether or not the database responds.
    ///
    /// It works on every runtime, without one, and after the application's runtime has ended. Dropping the future, for example
    /// by a timeout around it, ends the recording without waiting. The recorder's thread still has the deadline to store the
    /// events in memory, if the process lives that long.
    ///
    /// A recorder that the framework owns, as a part of its state, is shut down through a reference. Further calls change
    /// nothing, and have a report too.
    ///
    /// ```
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use behavior_trace::BehaviorTrace;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let recorder = Arc::new(BehaviorTrace::builder().database_url("memory:").build()?);
    /// let in_state = Arc::clone(&recorder);
    /// // … the service …
    /// let report = in_state.shutdown(Duration::from_secs(10)).await;
    /// assert!(report.is_complete());
    /// # Ok(()) }
    /// ```
    pub fn shutdown(
        &self,
        deadline: Duration,
    ) -> impl Future<Output = DeliveryReport> + Send + use<> {
        self.recorder.shutdown(deadline)
    }

    /// Runs [`shutdown`](Self::shutdown) from code that is not async. It blocks the thread.
    pub fn shutdown_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.recorder.shutdown_blocking(deadline)
    }
}
