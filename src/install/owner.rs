//! The owner of a running recorder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::{CollectionCheck, Context, Mirror, Sink};
use behavior_trace_layer::{BehaviorTraceLayer, LevelFilter, SpanFieldNames};
use behavior_trace_runtime::{
    DeliveryReport, Health, Pipeline, PolicyError, RecorderHandle, Stats,
};
use behavior_trace_store::{PreflightError, Reader};

use super::{BehaviorTraceBuilder, Verification};

/// A running recorder. Keep it in `main` for the life of the application, and end it with [`shutdown`](Self::shutdown)
/// after the service has stopped its own work.
///
/// Dropping it ends the recording too, with at most two seconds for what is still in memory. What other parts of the
/// application may ask goes through a [`handle`](Self::handle).
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

/// What each layer into the recorder is told.
#[derive(Debug, Default)]
pub(super) struct LayerSettings {
    pub(super) span_field_names: SpanFieldNames,
    pub(super) mirror: Mirror,
    pub(super) max_level: Option<LevelFilter>,
    pub(super) fallback: Option<Context>,
}

impl BehaviorTrace {
    /// Sets a recorder up.
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

    /// The layer that collects: add it to the subscriber of the application. Level filters around it do not matter to
    /// annotated functions.
    ///
    /// It stands behind a filter of its own, so that the other events and spans of the process cost nothing here, and other
    /// layers see what they see without it. Of a recorder that is [switched off](BehaviorTraceBuilder::enabled) it collects nothing.
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

    /// What may be asked of the recorder from anywhere. Cheap to clone; it keeps nothing running.
    pub fn handle(&self) -> RecorderHandle {
        self.recorder.handle()
    }

    /// Reads the rows back. It has connections of its own.
    pub fn reader(&self) -> Reader {
        self.recorder.reader()
    }

    /// Whether activity is collected here and would be stored, and why not. Call it once at start, where requests will
    /// run, and print what it says.
    ///
    /// A canary goes through the current subscriber, and a row into the table and out again. Neither leaves a trace; the
    /// service may start whatever the answer.
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

    /// [`verify`](Self::verify) for code that is not async: it blocks the thread.
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

    /// Reads the rules of [`BehaviorTraceBuilder::policy_source`] or `BEHAVIOR_TRACE_POLICY` again, and puts them in force on every thread.
    /// Call it where the application reloads its own settings, on a signal for instance: nothing is watched.
    ///
    /// The variable of a running process does not change, so that a reload is of use where it names a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a rule of another form, or no source at all. The policy in force stays.
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

    /// What became of the events, counted where it happened.
    pub fn stats(&self) -> Stats {
        self.recorder.stats()
    }

    /// How the recorder is, and what a person can do about it.
    pub fn health(&self) -> Health {
        self.recorder.health()
    }

    /// Waits until every event whose call returned before this one is stored, spooled or counted as lost, or until the
    /// deadline.
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.recorder.flush(deadline).await
    }

    /// [`flush`](Self::flush) for code that is not async: it blocks the thread.
    pub fn flush_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.recorder.flush_blocking(deadline)
    }

    /// Ends the recording: nothing more is accepted, and what is in memory is stored or, when most of the deadline has
    /// passed, spooled. It returns by the deadline, whatever the database does.
    ///
    /// It works on every runtime and on none, and after the host's own runtime is gone. Dropping the future, by a timeout
    /// around it for instance, waits for nothing: the recording ends, and the recorder's thread has the deadline for what is
    /// in memory all the same, if the process lives that long.
    pub fn shutdown(self, deadline: Duration) -> impl Future<Output = DeliveryReport> + Send {
        self.recorder.shutdown(deadline)
    }

    /// [`shutdown`](Self::shutdown) for code that is not async: it blocks the thread.
    pub fn shutdown_blocking(self, deadline: Duration) -> DeliveryReport {
        self.recorder.shutdown_blocking(deadline)
    }
}
