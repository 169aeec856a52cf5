//! The owner of a recorder, and the handles to it.

mod flush;
mod intake;
#[cfg(test)]
#[path = "../../tests/pipeline/mod.rs"]
mod tests;

use std::fmt;
use std::path::Path;
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

/// How long dropping the recorder waits for what is still in memory.
const DROP_DEADLINE: Duration = Duration::from_secs(2);

/// Records. Keep it for the life of the application, and end it with [`Pipeline::shutdown`], after the host has stopped
/// its own work.
///
/// Dropping it does the same with two seconds. In a forked child it does nothing at all: the child's events are counted as
/// `forked` until the child starts a recorder of its own.
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
    /// `None` only where the recorder is switched off.
    database_url: Option<DatabaseUrl>,
    at_drop: AtDrop,
}

/// What dropping the recorder has left to do.
#[derive(Clone, Copy, Debug)]
enum AtDrop {
    /// Ask the writer to end, and wait for it.
    Wait,
    /// Ask the writer to end within this time, and wait for nothing: a shutdown was dropped before it began.
    Ask(Duration),
    /// The writer has been asked to end.
    Nothing,
}

/// What may be asked of a recorder from anywhere. Cheap to clone; it keeps nothing running.
#[derive(Clone)]
pub struct RecorderHandle {
    shared: Arc<Shared>,
}

/// Returns the spools that the configuration names.
pub(crate) fn storage_of(config: &Config) -> spool::Storage {
    let directory = config.spool_dir.as_deref().unwrap_or(Path::new(""));
    spool::Storage::new(directory, config.spool_bytes)
}

impl Pipeline {
    /// Starts recording. It waits for nothing, and fails only if the configuration is at fault: a database that is away is
    /// waited for behind the scenes.
    ///
    /// A recorder that is [switched off](Config::enabled) checks no other setting, opens nothing and starts no
    /// thread.
    pub fn start(mut config: Config) -> Result<Self, ConfigError> {
        if config.disabled().is_some() {
            return Ok(Self::switched_off(config));
        }
        let database_url = config.check()?.clone();
        config.read_policy()?;
        let store = Configured::new(&database_url, config.migrate, config.statement_timeout);
        if let Some(directory) = config.spool_directory() {
            spool::check(directory).map_err(|error| ConfigError::spool_dir(directory, error))?;
        }
        let shared = Arc::new(Shared::new(config));
        for warning in shared
            .config
            .warnings()
            .iter()
            .cloned()
            .chain(database_url.warning())
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
        writer::start(Arc::clone(&shared), store, storage)
            .map_err(|error| ConfigError::thread(&error))?;
        Ok(Self {
            handle: RecorderHandle { shared },
            database_url: Some(database_url),
            at_drop: AtDrop::Wait,
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
            at_drop: AtDrop::Nothing,
        }
    }

    /// Returns the cause for which the recorder is switched off; `None` if it is on.
    pub fn disabled(&self) -> Option<Disabled> {
        self.handle.shared.config.disabled()
    }

    /// A handle, for code that does not own the recorder.
    pub fn handle(&self) -> RecorderHandle {
        self.handle.clone()
    }

    /// Where a layer hands its events over.
    pub fn sink(&self) -> Arc<dyn Sink> {
        self.handle.sink()
    }

    /// Looks rows up, with connections of its own. A recorder that is switched off reads too where it has a URL; without one,
    /// each query answers with an error that names the remedy.
    pub fn reader(&self) -> Reader {
        match &self.database_url {
            Some(url) => Reader::new(url),
            None => Reader::without_url(),
        }
    }

    /// Whether an event would be stored now: connects as the writer does, checks the table, inserts a row and takes it
    /// back. Where the recorder migrates, so does this.
    ///
    /// It works on every runtime and on none.
    pub async fn preflight(&self, deadline: Duration) -> Result<(), PreflightError> {
        let (answer, answered) = oneshot::channel();
        self.start_preflight(deadline, |result| drop(answer.send(result)));
        answered.await.unwrap_or_else(|_| Err(not_begun()))
    }

    /// The same, for code that is not async. It blocks the thread.
    pub fn preflight_blocking(&self, deadline: Duration) -> Result<(), PreflightError> {
        // Not tokio's channel, which panics where it blocks a thread of a runtime.
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
        if let Some(url) = self.database_url.clone() {
            let migrate = self.handle.shared.config.migrate;
            preflight(url, migrate, deadline, answer);
        }
    }

    /// Why what is spooled is not safe where it is: the spool directory is in memory, or on a network file system. `None`
    /// where there is nothing to say, or nothing is spooled. Only Linux tells.
    pub fn spool_warning(&self) -> Option<String> {
        if self.disabled().is_some() {
            return None;
        }
        let directory = self.handle.shared.config.spool_directory();
        directory.and_then(spool::warning)
    }

    /// What became of the events.
    pub fn stats(&self) -> Stats {
        self.handle.stats()
    }

    /// How the recorder is.
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// See [`RecorderHandle::set_policy`].
    pub fn set_policy(&self, policy: Arc<dyn Policy>) {
        self.handle.set_policy(policy);
    }

    /// See [`RecorderHandle::reload_policy`].
    pub fn reload_policy(&self) -> Result<(), PolicyError> {
        self.handle.reload_policy()
    }

    /// See [`RecorderHandle::flush`].
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.handle.flush(deadline).await
    }

    /// See [`RecorderHandle::flush`].
    pub fn flush_blocking(&self, deadline: Duration) -> DeliveryReport {
        self.handle.flush_blocking(deadline)
    }

    /// Ends the recording: no event is accepted any more, and those in memory are stored or, when most of the deadline has
    /// passed, spooled. It returns by the deadline, whatever the database does; what neither took by then is counted as
    /// dropped.
    ///
    /// It works on every runtime and on none, and after the host's runtime is gone. Dropping the future waits for nothing:
    /// the recording ends, and the writer has the deadline for what is in memory all the same.
    pub fn shutdown(mut self, deadline: Duration) -> impl Future<Output = DeliveryReport> + Send {
        self.at_drop = AtDrop::Ask(deadline);
        async move {
            self.at_drop = AtDrop::Nothing;
            self.handle.ask_async(RequestKind::Shutdown, deadline).await
        }
    }

    /// The same, for code that is not async. It blocks the thread.
    pub fn shutdown_blocking(mut self, deadline: Duration) -> DeliveryReport {
        self.at_drop = AtDrop::Nothing;
        self.handle.ask_blocking(RequestKind::Shutdown, deadline)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        match self.at_drop {
            AtDrop::Wait => drop(
                self.handle
                    .ask_blocking(RequestKind::Shutdown, DROP_DEADLINE),
            ),
            AtDrop::Ask(within) => self.handle.ask_only(RequestKind::Shutdown, within),
            AtDrop::Nothing => {}
        }
    }
}

impl RecorderHandle {
    /// Where a layer hands its events over.
    pub fn sink(&self) -> Arc<dyn Sink> {
        Arc::new(Intake::new(Arc::clone(&self.shared)))
    }

    /// What became of the events.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// How the recorder is.
    pub fn health(&self) -> Health {
        let forked = self.shared.queue.is_forked();
        match self.shared.config.disabled() {
            None if forked => Health::forked(),
            None => self.shared.condition.health(),
            Some(by) if forked => Health::disabled(by, Timestamp::now()),
            Some(by) => Health::disabled(by, self.shared.condition.health().since),
        }
    }

    /// Replaces the rules. A call that has begun is recorded, or not, as the old ones said when it began, and what it says
    /// from then on, of its success or by its body, is masked by the new ones; an event in memory is finished under the new
    /// ones. A thread lets go of the old ones when it records again, or ends; the first ones stay with the recorder.
    pub fn set_policy(&self, policy: Arc<dyn Policy>) {
        self.shared.rules.replace(policy);
    }

    /// Reads the rules of [`Config::policy_source`] again, and puts the default policy with them in place of the one in force,
    /// as [`set_policy`](Self::set_policy) does. Nothing else reads them again: no file is watched.
    ///
    /// It blocks the thread for as long as reading a small file takes.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a rule of another form, or no source at all. The policy in force stays.
    pub fn reload_policy(&self) -> Result<(), PolicyError> {
        let source = self.shared.config.policy_source.as_ref();
        let policy = source.ok_or_else(PolicyError::no_source)?.read()?;
        self.set_policy(Arc::new(policy));
        Ok(())
    }

    /// Waits until every event whose call returned before this one is stored, spooled, dead-lettered or counted as lost, or
    /// until the deadline. It covers all threads.
    pub async fn flush(&self, deadline: Duration) -> DeliveryReport {
        self.ask_async(RequestKind::Flush, deadline).await
    }

    /// The same, for code that is not async. It blocks the thread.
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
