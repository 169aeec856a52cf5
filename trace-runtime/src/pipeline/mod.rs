//! The owner of a recorder, and the handles to it.

mod flush;
mod intake;
#[cfg(test)]
#[path = "../../tests/pipeline/mod.rs"]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use behavior_trace_core::{Policy, Sink, Timestamp};
use behavior_trace_store::delivery::Configured;
use behavior_trace_store::{
    DatabaseUrl, PreflightError, Reader, not_begun, preflight, spool, switched_off,
};
use tokio::sync::oneshot;

use crate::config::{Config, ConfigError, Disabled};
use crate::health::{Health, RecorderError, RecorderErrorKind};
use crate::policy::PolicyError;
use crate::shared::{RequestKind, Shared};
use crate::stats::{DeliveryReport, Stats};
use crate::writer;
use intake::Intake;

/// Time limit for storing the events in memory when the recorder is dropped.
const DROP_DEADLINE: Duration = Duration::from_secs(2);

/// Owner of a recorder. Keep it for the life of the application. End it with [`Pipeline::shutdown`] after the application
/// has stopped its own work.
///
/// Dropping it shuts the recorder down with a deadline of 2 s. In a forked child, dropping it does nothing. The child's
/// events are counted as `forked` until it starts a recorder of its own.
///
/// ```
/// use behavior_trace::config::Pipeline;
/// use behavior_trace::config::{Config, DatabaseUrl};
///
/// let mut config = Config::default();
/// config.database_url = Some(DatabaseUrl::memory());
/// let recorder = Pipeline::start(config)?;
/// let report = recorder.shutdown_blocking(std::time::Duration::from_secs(10));
/// assert!(report.is_complete());
/// # Ok::<(), behavior_trace::config::ConfigError>(())
/// ```
#[must_use = "dropping the recorder ends the recording"]
pub struct Pipeline {
    handle: RecorderHandle,
    /// URL of the database to read from. `None` only if the recorder is switched off, or has another destination.
    database_url: Option<DatabaseUrl>,
    /// Whether somebody ends the writer or has ended it, so that dropping the recorder does nothing.
    is_ending: AtomicBool,
}

/// Handle to a recorder. Clones are cheap. A handle does not keep the recorder running.
#[derive(Clone)]
pub struct RecorderHandle {
    shared: Arc<Shared>,
}

/// Returns the storage of the configured spool.
pub(crate) fn storage_of(config: &Config) -> spool::Storage {
    let directory = config.spool_dir.as_deref().unwrap_or(Path::new(""));
    spool::Storage::new(directory, config.spool_bytes)
}

/// Starts the writer that delivers to the configured destination, or else to the database.
fn start_writer(shared: &Arc<Shared>, storage: spool::Storage) -> Result<(), ConfigError> {
    let config = &shared.config;
    let started = match (&config.destination, &config.database_url) {
        (Some(destination), _) => destination.start(Arc::clone(shared), storage),
        (None, Some(url)) => {
            let store = Configured::new(url, config.migrate, config.statement_timeout);
            writer::start(Arc::clone(shared), store, storage)
        }
        (None, None) => return Err(ConfigError::no_url()),
    };
    started.map_err(|error| ConfigError::thread(&error))
}

impl Pipeline {
    /// Starts a recorder without waiting for anything. An unavailable database is not an error: the writer waits for it in the
    /// background.
    ///
    /// A [switched-off](Config::enabled) recorder checks no other setting, opens nothing and starts no thread.
    ///
    /// # Errors
    ///
    /// An invalid configuration, or a writer thread that cannot be started. The error names the remedy.
    pub fn start(mut config: Config) -> Result<Self, ConfigError> {
        if config.disabled().is_some() {
            return Ok(Self::switched_off(config));
        }
        config.check()?;
        config.read_policy()?;
        let database_url = config.database_url.clone();
        if let Some(directory) = config.spool_directory() {
            spool::check(directory).map_err(|error| ConfigError::spool_dir(directory, error))?;
        }
        // Once: the default asks for the kind of the file system.
        config.durability = Some(config.durability());
        let shared = Arc::new(Shared::new(config));
        for warning in shared
            .config
            .warnings()
            .iter()
            .cloned()
            .chain(database_url.as_ref().and_then(DatabaseUrl::warning))
        {
            shared.tell(&RecorderError::new(
                RecorderErrorKind::Configuration,
                warning,
            ));
        }
        if let Some(warning) = shared.config.spool_directory().and_then(spool::warning) {
            shared.tell(&RecorderError::new(
                RecorderErrorKind::Configuration,
                warning,
            ));
        }
        let storage = storage_of(&shared.config);
        start_writer(&shared, storage)?;
        Ok(Self {
            handle: RecorderHandle { shared },
            database_url,
            is_ending: AtomicBool::new(false),
        })
    }

    fn switched_off(config: Config) -> Self {
        let database_url = config.database_url.clone();
        let shared = Arc::new(Shared::new(config));
        shared.queue.close();
        shared.end();
        Self {
            handle: RecorderHandle { shared },
            database_url,
            is_ending: AtomicBool::new(true),
        }
    }

    /// Returns the cause of the switched-off recorder; `None` if it is on.
    pub fn disabled(&self) -> Option<Disabled> {
        self.handle.shared.config.disabled()
    }

    /// Returns a handle for code that does not own the recorder.
    pub fn handle(&self) -> RecorderHandle {
        self.handle.clone()
    }

    /// Returns the sink that a layer passes its events to.
    pub fn sink(&self) -> Arc<dyn Sink> {
        self.handle.sink()
    }

    /// Returns a reader with its own connections. The reader of a switched-off recorder works too if there is a URL. Without a
    /// URL, each query fails with an error that names the remedy.
    pub fn reader(&self) -> Reader {
        match &self.database_url {
            Some(url) => Reader::new(url),
            None => Reader::without_url(),
        }
    }

    /// Checks whether an event would be stored now. It connects as the writer does, checks the table, inserts a row and rolls
    /// it back. If the recorder is set to migrate, this migrates too.
    ///
    /// It works on every runtime, and without one.
    ///
    /// # Errors
    ///
    /// A failed step, a deadline that has passed, or a switched-off recorder.
    pub async fn preflight(&self, deadline: Duration) -> Result<(), PreflightError> {
        let (answer, answered) = oneshot::channel();
        self.start_preflight(deadline, |result| drop(answer.send(result)));
        answered.await.unwrap_or_else(|_| Err(not_begun()))
    }

    /// Runs [`preflight`](Self::preflight) from code that is not async. It blocks the thread.
    ///
    /// # Errors
    ///
    /// Fails as [`preflight`](Self::preflight) does.
    pub fn preflight_blocking(&self, deadline: Duration) -> Result<(), PreflightError> {
        // Tokio's channel would panic when it blocks a thread of a runtime.
        let (answer, answered) = mpsc::sync_channel(1);
        self.start_preflight(deadline, move |result| drop(answer.send(result)));
        answered.recv().unwrap_or_else(|_| Err(not_begun()))
    }

    fn start_preflight(
        &self,
        deadline: Duration,
        answer: impl FnOnce(Result<(), PreflightError>) + Send + 'static,
    ) {
        if let Some(by) = self.disabled() {
            return answer(Err(switched_off(by.to_string())));
        }
        let config = &self.handle.shared.config;
        if let Some(destination) = &config.destination {
            destination.preflight(deadline, Box::new(answer));
        } else if let Some(url) = self.database_url.clone() {
            preflight(url, config.migrate, deadline, answer);
        }
    }

    /// Returns a warning if the spool is not safe: its directory is in memory, or on a network file system. Returns `None` if
    /// there is no such risk, or no spool. Only Linux can detect it.
    pub fn spool_warning(&self) -> Option<String> {
        if self.disabled().is_some() {
            return None;
        }
        let directory = self.handle.shared.config.spool_directory();
        directory.and_then(spool::warning)
    }

    /// Returns the counters of all events.
    pub fn stats(&self) -> Stats {
        self.handle.stats()
    }

    /// Returns the health of the recorder.
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// Replaces the policy; see [`RecorderHandle::set_policy`].
    pub fn set_policy(&self, policy: Arc<dyn Policy>) {
        self.handle.set_policy(policy);
    }

    /// Reads the policy's rules again; see [`RecorderHandle::reload_policy`].
    ///
    /// # Errors
    ///
    /// Fails as [`RecorderHandle::reload_policy`] does.
    pub fn reload_policy(&self) -> Result<(), PolicyError> {
        self.handle.reload_policy()
    }

    /// Waits until earlier events are stored; see [`RecorderHandle::flush`].
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.handle.flush(deadline).await
    }

    /// Runs [`flush`](Self::flush) from code that is not async. It blocks the thread.
    pub fn flush_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.handle.flush_blocking(deadline)
    }

    /// Ends the recording. No further event is accepted. Those in memory are stored or, when most of the deadline has passed,
    /// spooled. The call returns by the deadline, whether or not the database responds. Events that are neither stored nor
    /// spooled by then are counted as dropped.
    ///
    /// It works on every runtime, without one, and after the application's runtime has ended. Dropping the future ends the
    /// recording without waiting. The writer still has the deadline to store the events in memory. A shared recorder may be
    /// shut down more than once: the first deadline holds, and each call has a report.
    pub fn shutdown(
        &self,
        deadline: Duration,
    ) -> impl Future<Output = DeliveryReport> + Send + use<> {
        self.is_ending.store(true, Ordering::Relaxed);
        let shutdown = Shutdown {
            handle: self.handle(),
            unasked: Some(deadline),
        };
        shutdown.run(deadline)
    }

    /// Runs [`shutdown`](Self::shutdown) from code that is not async. It blocks the thread.
    pub fn shutdown_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.is_ending.store(true, Ordering::Relaxed);
        self.handle.ask_blocking(RequestKind::Shutdown, deadline)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if !*self.is_ending.get_mut() {
            let _ = self
                .handle
                .ask_blocking(RequestKind::Shutdown, DROP_DEADLINE);
        }
    }
}

/// A shutdown that is asked for when it is polled, and by dropping it at the latest.
struct Shutdown {
    handle: RecorderHandle,
    /// Time limit of a request that was not sent yet.
    unasked: Option<Duration>,
}

impl Shutdown {
    async fn run(mut self, deadline: Duration) -> DeliveryReport {
        self.unasked = None;
        self.handle.ask_async(RequestKind::Shutdown, deadline).await
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        if let Some(deadline) = self.unasked {
            self.handle.ask_only(RequestKind::Shutdown, deadline);
        }
    }
}

impl RecorderHandle {
    /// Returns the sink that a layer passes its events to.
    pub fn sink(&self) -> Arc<dyn Sink> {
        Arc::new(Intake::new(Arc::clone(&self.shared)))
    }

    /// Returns the counters of all events.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Returns the health of the recorder.
    pub fn health(&self) -> Health {
        let forked = self.shared.queue.is_forked();
        match self.shared.config.disabled() {
            None if forked => Health::forked(),
            None => self.shared.condition.health(),
            Some(by) if forked => Health::disabled(by, Timestamp::now()),
            Some(by) => Health::disabled(by, self.shared.condition.health().since),
        }
    }

    /// Replaces the policy. Running calls keep the admission of the old policy; the new one masks the fields that they add
    /// from then on. The new policy also finishes the events in memory. A thread releases the old policy when it records
    /// again, or ends. The first policy stays in memory with the recorder.
    pub fn set_policy(&self, policy: Arc<dyn Policy>) {
        self.shared.set_policy(policy);
    }

    /// Reads the rules of [`Config::policy_source`] again. The default policy with these rules replaces the policy in force, as
    /// in [`set_policy`](Self::set_policy). Rules are read again only by this call: the recorder watches no file.
    ///
    /// It blocks the thread for the time of reading a small file.
    ///
    /// # Errors
    ///
    /// An unreadable file, a malformed rule, or no source. The policy in force stays.
    pub fn reload_policy(&self) -> Result<(), PolicyError> {
        let source = self.shared.config.policy_source.as_ref();
        let policy = source.ok_or_else(PolicyError::no_source)?.read()?;
        self.set_policy(Arc::new(policy));
        Ok(())
    }

    /// Waits until every event whose call has returned is stored, spooled, dead-lettered or counted as lost. It covers all
    /// threads, and returns at the deadline at the latest.
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.ask_async(RequestKind::Flush, deadline).await
    }

    /// Runs [`flush`](Self::flush) from code that is not async. It blocks the thread.
    pub fn flush_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.ask_blocking(RequestKind::Flush, deadline)
    }

    #[cfg(test)]
    pub(crate) const fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    #[cfg(test)]
    pub(crate) fn shut_down(&self, deadline: Duration) -> DeliveryReport {
        self.ask_blocking(RequestKind::Shutdown, deadline)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pipeline")
            .field(&self.handle.shared.config)
            .finish()
    }
}

impl fmt::Debug for RecorderHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecorderHandle")
            .field(&self.shared.config)
            .finish()
    }
}
