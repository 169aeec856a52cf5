//! Availability of the store, and the times of the next probes.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::{Backoff, LONGEST};
use super::judgement::Law;
use crate::store::ErrorClass;

/// Mean time between the first probes of an unavailable store; more would fill its log. It stays constant if no connection
/// has ever worked, because a first migration may be in progress.
const PROBE: Duration = Duration::from_secs(1);
/// Maximum time between two probes of a store that needs an operator. A quick fix, such as a deployment in progress, is
/// noticed soon, while a wrong password is not tried a thousand times an hour.
pub const SLOW_PROBE: Duration = Duration::from_secs(30);

/// Maximum time between two probes of a store with several hosts, one of which may be the next primary.
const SWIFT: Duration = Duration::from_millis(500);
/// Number of probes at that pace: a cluster has elected in their time, which is a minute at least.
const SWIFT_PROBES: u32 = 240;

/// Number of rows in a probe where the store refuses rows for their values.
const SAMPLE: usize = 250;

/// Availability of the store.
#[derive(Debug)]
pub struct StoreAvailability {
    law: Law,
    /// Number of probes at a swift pace; none for a store of one host.
    swift_probes: u32,
    /// Number of probes since the store was last available.
    probes: u32,
    down: Option<ErrorClass>,
    /// A try has succeeded since the last failure.
    proven: bool,
    /// A try has ever succeeded.
    known: bool,
    not_before: Option<Instant>,
    backoff: Backoff,
    /// Temporary failures since the last commit.
    failures: u32,
    /// Rows refused alone since the last commit.
    refused: usize,
    /// The store was reached since the last commit and accepted no row.
    took_no_row: bool,
    /// Number of attempts that committed rows.
    commits: u64,
}

/// Effect of a failure on the store's availability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// No outage: the cause is temporary, and a pause is enough.
    NotYet,
    /// The store is unavailable, as known before.
    Known,
    /// The store has become unavailable.
    News,
}

impl StoreAvailability {
    /// Creates the state of a store that was not tried yet. A store that `has_others` has several hosts.
    pub fn new(law: Law, has_others: bool) -> Self {
        Self {
            law,
            swift_probes: if has_others { SWIFT_PROBES } else { 0 },
            probes: 0,
            down: None,
            proven: false,
            known: false,
            not_before: None,
            backoff: Backoff::default(),
            failures: 0,
            refused: 0,
            took_no_row: false,
            commits: 0,
        }
    }

    /// Returns whether the store is unavailable, so that new events go to the spool.
    pub const fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Returns the maximum number of rows in one attempt. The probe of an outage is one row; the store is available once it
    /// has committed that. Where rows are refused for their values, several are sifted, since the next may be as bad as the
    /// last.
    pub const fn max_rows(&self) -> usize {
        match self.down {
            None => usize::MAX,
            Some(ErrorClass::Value | ErrorClass::Rule | ErrorClass::Other) => SAMPLE,
            Some(_) => 1,
        }
    }

    /// Returns whether the store accepted something since its last failure; only then is a second connection worth it.
    pub const fn is_proven(&self) -> bool {
        self.proven
    }

    /// Returns whether it is not yet known if there is a store at all.
    pub const fn is_unknown(&self) -> bool {
        !self.known && self.down.is_none()
    }

    pub fn may_try(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| now >= moment)
    }

    /// Returns the time before which the store is not tried, if there is one.
    pub const fn next_look(&self) -> Option<Instant> {
        self.not_before
    }

    /// Returns the number of attempts that committed rows.
    pub const fn commits(&self) -> u64 {
        self.commits
    }

    /// Notes that rows were committed, and returns whether the store was unavailable before.
    pub const fn committed(&mut self) -> bool {
        self.commits += 1;
        self.failures = 0;
        self.refused = 0;
        self.took_no_row = false;
        self.recover()
    }

    /// Notes that a try without rows reached the store, and returns whether that ends an outage. It proves nothing if the
    /// store was reached since its last commit and accepted no row.
    pub fn reached(&mut self, now: Instant, chance: u16) -> bool {
        if self.took_no_row && self.law.wants_commit {
            self.pace(now, chance);
            return false;
        }
        self.recover()
    }

    const fn recover(&mut self) -> bool {
        self.proven = true;
        self.known = true;
        self.not_before = None;
        self.backoff.reset();
        self.probes = 0;
        self.down.take().is_some()
    }

    /// Postpones the next probe unless it is already postponed.
    pub fn pace(&mut self, now: Instant, chance: u16) {
        if self.may_try(now) {
            self.not_before = Some(now + self.until_next(chance));
        }
    }

    /// Leaves an available store alone until the given time.
    pub const fn rest_until(&mut self, moment: Instant) {
        self.not_before = Some(moment);
    }

    /// Returns the time until the next probe of a store that may come back by itself.
    fn until_next(&mut self, chance: u16) -> Duration {
        self.probes = self.probes.saturating_add(1);
        if self.probes <= self.swift_probes {
            return SWIFT / 2 + SWIFT / 2 * u32::from(chance) / u32::from(u16::MAX);
        }
        self.backoff.next(LONGEST, chance).max(probe(chance))
    }

    /// Notes that an attempt failed. Until that counts as an outage, only its own rows wait, because others may pass.
    pub fn failed(&mut self, class: ErrorClass, now: Instant, chance: u16) -> Outage {
        self.failures = self.failures.saturating_add(1);
        self.took_no_row |= is_of_rows(class);
        if self.is_down() || Law::is_outage(class, self.failures) {
            return self.unavailable(class, now, chance);
        }
        Outage::NotYet
    }

    /// Notes that this many rows were refused, each alone, and that their attempt stored none.
    pub fn refused(&mut self, rows: usize, class: ErrorClass, now: Instant, chance: u16) -> Outage {
        self.refused = self.refused.saturating_add(rows);
        self.took_no_row |= is_of_rows(class);
        if self.is_down() || Law::blames_store(self.refused) {
            return self.unavailable(class, now, chance);
        }
        Outage::NotYet
    }

    fn unavailable(&mut self, class: ErrorClass, now: Instant, chance: u16) -> Outage {
        self.proven = false;
        if self.down.is_some_and(|before| before != class) {
            // A new cause replaces the old one, so the store may recover sooner.
            self.backoff.reset();
        }
        let wait = match class {
            ErrorClass::Configuration if !self.known => probe(chance),
            ErrorClass::Configuration | ErrorClass::Server => {
                self.backoff.next(SLOW_PROBE, chance).max(probe(chance))
            }
            ErrorClass::ReadOnly if self.swift_probes == 0 => self.backoff.next(PROBE, chance),
            // Another host has no more room for it.
            ErrorClass::Crowded => self.backoff.next(LONGEST, chance).max(probe(chance)),
            _ => self.until_next(chance),
        };
        self.not_before = Some(now + wait);
        if self.down.replace(class) == Some(class) {
            Outage::Known
        } else {
            Outage::News
        }
    }
}

/// Returns whether a store that fails with this class was reached and did not accept a row.
const fn is_of_rows(class: ErrorClass) -> bool {
    !matches!(
        class,
        ErrorClass::Unavailable
            | ErrorClass::Crowded
            | ErrorClass::Configuration
            | ErrorClass::Reconnect
    )
}

/// Returns between half and one and a half times [`PROBE`], so that a thousand processes that lost one server do not return
/// in step.
fn probe(chance: u16) -> Duration {
    PROBE / 2 + PROBE * u32::from(chance) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn availability() -> StoreAvailability {
        StoreAvailability::new(Law::IN_FORCE, false)
    }

    /// Returns the waits after `count` failures of a class, with an average draw.
    fn waits(store: &mut StoreAvailability, class: ErrorClass, count: usize) -> Vec<u128> {
        let now = Instant::now();
        let wait = |_| {
            store.failed(class, now, u16::MAX / 2);
            let moment = store.not_before.unwrap_or(now);
            (moment - now).as_millis()
        };
        (0..count).map(wait).collect()
    }

    #[test]
    fn a_store_of_several_hosts_is_tried_within_half_a_second_for_a_minute() {
        for class in [ErrorClass::Unavailable, ErrorClass::ReadOnly] {
            let mut store = StoreAvailability::new(Law::IN_FORCE, true);
            let (start, mut now) = (Instant::now(), Instant::now());
            let mut seed = 11_u16;
            while now < start + Duration::from_mins(1) {
                seed = seed.wrapping_mul(25_173).wrapping_add(13_849);
                store.failed(class, now, seed);
                let wait = store
                    .not_before
                    .map_or(Duration::ZERO, |moment| moment - now);
                assert!(wait >= SWIFT / 2 && wait <= SWIFT, "{class:?}: {wait:?}");
                now += wait;
            }
            // The hosts are not flooded for as long as an outage lasts.
            (0..SWIFT_PROBES).for_each(|_| {
                store.failed(class, now, u16::MAX);
            });
            assert!(store.not_before > Some(now + SWIFT), "{class:?}");
            store.committed();
            store.failed(class, now, u16::MAX);
            assert_eq!(store.not_before, Some(now + SWIFT), "{class:?}");
        }
    }

    #[test]
    fn a_store_that_is_unavailable_is_tried_every_five_seconds_at_least() {
        let waits = waits(&mut availability(), ErrorClass::Unavailable, 9);
        assert_eq!(waits, [999, 999, 999, 999, 999, 1199, 2399, 3749, 3749]);
        let mut store = availability();
        let now = Instant::now();
        for _ in 0..20 {
            store.failed(ErrorClass::Unavailable, now, u16::MAX);
            assert!(store.not_before <= Some(now + LONGEST));
        }
    }

    #[test]
    fn what_a_person_has_to_mend_is_tried_often_at_first_and_slowly_then() {
        let mut store = availability();
        store.committed();
        let waits = waits(&mut store, ErrorClass::Configuration, 12);
        assert_eq!(
            waits,
            [
                999, 999, 999, 999, 999, 1199, 2399, 4799, 9599, 19_199, 22_499, 22_499
            ]
        );
    }

    #[test]
    fn a_first_migration_is_looked_for_every_second() {
        let waits = waits(&mut availability(), ErrorClass::Configuration, 100);
        assert!(waits.iter().all(|&wait| wait == 999), "{waits:?}");
    }

    #[test]
    fn what_may_pass_by_itself_is_an_outage_from_the_fourth_failure_without_a_commit_on() {
        let mut store = availability();
        let now = Instant::now();
        for _ in 0..3 {
            let outage = store.failed(ErrorClass::Transient, now, 0);
            assert_eq!(outage, Outage::NotYet);
        }
        store.committed();
        for _ in 0..3 {
            let outage = store.failed(ErrorClass::UnknownOutcome, now, 0);
            assert_eq!(outage, Outage::NotYet);
        }
        let outage = store.failed(ErrorClass::UnknownOutcome, now, 0);
        assert_eq!(outage, Outage::News);
        assert!(store.is_down());
    }

    #[test]
    fn a_store_that_refuses_rows_is_available_again_only_once_it_has_committed_one() {
        let mut store = availability();
        let now = Instant::now();
        (0..4).for_each(|_| {
            store.failed(ErrorClass::UnknownOutcome, now, 0);
        });
        assert!(!store.reached(now, 0));
        assert!(store.is_down());
        assert!(store.committed());
        assert!(!store.is_down());
    }

    #[test]
    fn a_thousand_processes_that_lose_one_server_do_not_come_back_in_step() {
        const HOSTS: u64 = 1000;
        const BUCKET_MILLIS: u128 = 100;
        for (class, has_others) in [
            (ErrorClass::Configuration, false),
            (ErrorClass::Unavailable, false),
            (ErrorClass::Unavailable, true),
        ] {
            let start = Instant::now();
            let mut seed = 7_u64;
            let mut chance = || {
                // A linear congruential generator draws uniformly and repeats its sequence in each run.
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                u16::try_from(seed >> 48).unwrap_or_default()
            };
            let mut buckets = vec![0_u64; 300];
            for _ in 0..HOSTS {
                let mut store = StoreAvailability::new(Law::IN_FORCE, has_others);
                let mut now = start;
                loop {
                    store.failed(class, now, chance());
                    now = store.not_before.unwrap_or(now);
                    let bucket = usize::try_from((now - start).as_millis() / BUCKET_MILLIS);
                    match bucket.ok().and_then(|bucket| buckets.get_mut(bucket)) {
                        Some(bucket) => *bucket += 1,
                        None => break,
                    }
                }
            }
            // From the first probe on, half a second after the start, while they all probe at the same mean interval.
            let probing = &buckets[5..50];
            let mean = probing.iter().sum::<u64>() / probing.len() as u64;
            let most = probing.iter().max().copied().unwrap_or_default();
            assert!(most <= 3 * mean, "{class:?}: {most} of a mean of {mean}");
        }
    }
}
