//! Failures of the spool: their health, their reports, and the time it is left alone.

use std::time::Duration;

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile as _, SpoolStorage};
use tokio::time::Instant;

use super::{
    BUSY, BUSY_FOR_LONG, FULL, MAX_RETRY, MAX_TOLD, NotSpooled, RETRY, SpoolManager, SpoolState,
    Trouble,
};
use crate::health::{Component, HealthStatus, RecorderError, RecorderErrorKind};

impl<S: SpoolStorage> SpoolManager<S> {
    pub(super) fn suffers(&self, kind: SpoolErrorKind) -> bool {
        self.trouble
            .as_ref()
            .is_some_and(|trouble| trouble.kind == kind)
    }

    /// Reports a cause that was not reported before.
    pub(super) fn tell_once(&mut self, cause: String) {
        if self.told.contains(&cause) {
            return;
        }
        if self.told.len() >= MAX_TOLD {
            self.told.remove(0);
        }
        self.told.push(cause.clone());
        self.shared
            .tell(&RecorderError::new(RecorderErrorKind::Spool, cause));
    }

    /// Updates the health of the spool, naming the files whose rows wait.
    pub(super) fn note_health(&self) {
        let own = self.trouble.as_ref().map(|trouble| &trouble.cause);
        let parked = self.parked.iter().map(|parked| &parked.cause);
        let others = parked
            .chain(self.recovery.causes())
            .chain(&self.uncounted)
            .chain(&self.damage);
        let causes: Vec<&str> = own.into_iter().chain(others).map(String::as_str).collect();
        let status = self.trouble.as_ref().map(|trouble| trouble.status);
        let condition = &self.shared.condition;
        if causes.is_empty() {
            condition.recover(Component::Spool);
        } else {
            let status = status.unwrap_or(HealthStatus::Degraded);
            condition.worsen(Component::Spool, status, causes.join("; "));
        }
    }

    /// Returns whether each attempt found it busy for longer than a backup or an inspection takes.
    pub(super) fn is_busy_for_long(&mut self, now: Instant) -> bool {
        let since = *self.busy_since.get_or_insert(now);
        now >= since + BUSY_FOR_LONG
    }

    /// Notes the result of a call to the spool.
    pub(super) async fn worked<T>(
        &mut self,
        result: Result<T, SpoolError>,
    ) -> Result<T, NotSpooled> {
        match result {
            Ok(value) => {
                self.is_well();
                Ok(value)
            }
            Err(error) => {
                self.failed(&error).await;
                Err(NotSpooled)
            }
        }
    }

    pub(super) fn is_well(&mut self) {
        self.suspect = false;
        self.busy_since = None;
        if self.trouble.take().is_some() {
            self.resting = None;
            self.note_health();
        }
    }

    pub(super) async fn failed(&mut self, error: &SpoolError) {
        let kind = error.kind();
        let is_open = matches!(self.state, SpoolState::Ready(_));
        let rest = match kind {
            SpoolErrorKind::Full => FULL,
            SpoolErrorKind::Busy => BUSY,
            // It is opened anew at once, and checked. If it passes and fails again, that would go on for ever.
            SpoolErrorKind::Damaged if is_open && !self.suspect => Duration::ZERO,
            _ => {
                self.failures += 1;
                let factor = 1 << (self.failures - 1).min(2);
                (RETRY * factor).min(MAX_RETRY)
            }
        };
        self.resting = Some(Instant::now() + rest);
        let keeps_file = matches!(kind, SpoolErrorKind::Full | SpoolErrorKind::Busy);
        let is_news = !self.suffers(kind) && !self.suspect;
        let error = match &self.state {
            SpoolState::Ready(spool) => error.of(&spool.place()),
            _ => error.to_string(),
        };
        if !keeps_file && is_open {
            self.suspect = true;
            // Opened anew, the file is checked, and quarantined if it does not pass. Its slot is kept: another process
            // would recover the rows, which this process counts.
            self.tasks.stop().await;
            if let SpoolState::Ready(mut spool) =
                std::mem::replace(&mut self.state, SpoolState::Closed)
            {
                if kind == SpoolErrorKind::Damaged {
                    spool.suspect();
                }
                self.slot = Some(spool.close().await);
            }
            self.generation += 1;
            self.last = None;
        }
        if kind == SpoolErrorKind::Busy && !self.is_busy_for_long(Instant::now()) {
            return;
        }
        let (status, cause) = match kind {
            SpoolErrorKind::Busy => (
                HealthStatus::Degraded,
                format!("another process holds the spool, what is in it waits: {error}"),
            ),
            SpoolErrorKind::Full => (
                HealthStatus::Unhealthy,
                format!("the spool is full, events wait in memory: {error}"),
            ),
            _ => (
                HealthStatus::Unhealthy,
                format!("the spool cannot be used, events wait in memory: {error}"),
            ),
        };
        self.trouble = Some(Trouble {
            kind,
            status,
            cause: cause.clone(),
        });
        self.note_health();
        if is_news {
            self.tell_once(cause);
        }
    }
}
