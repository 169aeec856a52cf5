//! Whether the store can be reached, and when to try again.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::{Backoff, LONGEST};
use crate::store::ErrorClass;

/// The first tries of a store that is away are this far apart, or they would be noise in its log. It stays so where no
/// connection has ever worked, a first migration being on its way perhaps.
const PROBE: Duration = Duration::from_secs(1);
/// The tries of a store that a person has to do something about come to be this far apart: what is mended soon, by a
/// deployment under way, is seen soon, and a wrong password left alone is not tried a thousand times an hour.
const SLOW_PROBE: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub(super) struct Route {
    down: Option<ErrorClass>,
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
            Some(
                ErrorClass::ReadOnly
                | ErrorClass::DiskFull
                | ErrorClass::Transient
                | ErrorClass::Other,
            ) => false,
            _ => self.succeeded(),
        }
    }

    /// A pause, without calling it an outage yet.
    pub(super) fn pause(&mut self, now: Instant, chance: u16) {
        self.proven = false;
        self.not_before = Some(now + self.backoff.next(LONGEST, chance));
    }

    /// The store is away. Says whether that is news.
    pub(super) fn failed(&mut self, class: ErrorClass, now: Instant, chance: u16) -> bool {
        self.proven = false;
        let wait = match class {
            ErrorClass::Configuration if !self.known => PROBE,
            ErrorClass::Configuration => self.backoff.next(SLOW_PROBE, chance).max(PROBE),
            ErrorClass::ReadOnly => self.backoff.next(PROBE, chance),
            _ => self.backoff.next(LONGEST, chance).max(PROBE),
        };
        self.not_before = Some(now + wait);
        self.down.replace(class) != Some(class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits after `count` failures of a class, the latest possible ones.
    fn waits(route: &mut Route, class: ErrorClass, count: usize) -> Vec<u128> {
        let now = Instant::now();
        let wait = |_| {
            route.failed(class, now, u16::MAX);
            let moment = route.not_before.unwrap_or(now);
            (moment - now).as_millis()
        };
        (0..count).map(wait).collect()
    }

    #[test]
    fn a_store_that_is_away_is_tried_every_five_seconds_at_least() {
        let waits = waits(&mut Route::new(), ErrorClass::Unavailable, 9);
        assert_eq!(
            waits,
            [1000, 1000, 1000, 1000, 1000, 1600, 3200, 5000, 5000]
        );
    }

    #[test]
    fn what_a_person_has_to_mend_is_tried_often_at_first_and_slowly_then() {
        let mut route = Route::new();
        route.succeeded();
        let waits = waits(&mut route, ErrorClass::Configuration, 12);
        assert_eq!(
            waits,
            [
                1000, 1000, 1000, 1000, 1000, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000
            ]
        );
    }

    #[test]
    fn a_first_migration_is_looked_for_every_second() {
        let waits = waits(&mut Route::new(), ErrorClass::Configuration, 100);
        assert!(waits.iter().all(|&wait| wait == 1000), "{waits:?}");
    }
}
