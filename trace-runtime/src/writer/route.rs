//! Whether the store can be reached, and when to try again.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::Backoff;
use crate::store::Class;

/// Longest time between two tries of a store that is away.
const PROBE: Duration = Duration::from_secs(5);
/// The same where a person has to change something first.
const SLOW_PROBE: Duration = Duration::from_secs(30);
/// The same while no connection has ever worked, a first migration being on its way perhaps.
const FIRST_PROBE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(super) struct Route {
    down: Option<Class>,
    /// A try has succeeded since the last failure.
    proven: bool,
    /// A try has ever succeeded.
    known: bool,
    not_before: Option<Instant>,
    backoff: Backoff,
}

impl Route {
    pub(super) fn new() -> Self {
        Self {
            down: None,
            proven: false,
            known: false,
            not_before: None,
            backoff: Backoff::default(),
        }
    }

    /// Whether the store is away, so that what comes goes to the spool.
    pub(super) const fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether it took something lately; only then a second connection is worth it.
    pub(super) const fn is_proven(&self) -> bool {
        self.proven
    }

    /// Whether nobody knows yet if there is a store at all.
    pub(super) const fn is_unknown(&self) -> bool {
        !self.known && self.down.is_none()
    }

    pub(super) fn may_try(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| now >= moment)
    }

    /// Something was stored, or, where the failure was one of reaching the store, it was reached. Says whether it was
    /// away before.
    pub(super) const fn succeeded(&mut self) -> bool {
        self.proven = true;
        self.known = true;
        self.not_before = None;
        self.backoff.reset();
        self.down.take().is_some()
    }

    /// A try without rows reached the store. That proves nothing where it was reached before and refused to write.
    pub(super) const fn reached(&mut self) -> bool {
        match self.down {
            Some(Class::ReadOnly | Class::DiskFull | Class::Transient | Class::Other) => false,
            _ => self.succeeded(),
        }
    }

    /// A pause, without calling it an outage yet.
    pub(super) fn pause(&mut self, now: Instant, chance: u16) {
        self.proven = false;
        self.not_before = Some(now + self.backoff.next(chance));
    }

    /// The store is away. Says whether that is news.
    pub(super) fn failed(&mut self, class: Class, now: Instant, chance: u16) -> bool {
        self.proven = false;
        let wait = self.backoff.next(chance);
        let wait = match class {
            Class::Configuration if self.known => SLOW_PROBE,
            Class::Configuration => FIRST_PROBE,
            Class::ReadOnly => wait.min(FIRST_PROBE),
            _ => wait.clamp(FIRST_PROBE, PROBE),
        };
        self.not_before = Some(now + wait);
        self.down.replace(class) != Some(class)
    }
}
