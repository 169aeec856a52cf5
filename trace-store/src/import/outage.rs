//! Waiting while the source or the destination is unavailable.

use std::time::{Duration, Instant};

use crate::delivery::backoff::{Backoff, LONGEST};
use crate::delivery::jitter::Jitter;
use crate::store::ErrorClass;

use super::error::passes;

/// Failures since the last page that was settled. It does not sleep.
#[derive(Debug)]
pub(super) struct Outage {
    limit: Duration,
    since: Option<Instant>,
    backoff: Backoff,
    jitter: Jitter,
}

impl Outage {
    /// Creates it for outages of at most `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            since: None,
            backoff: Backoff::default(),
            jitter: Jitter::default(),
        }
    }

    /// Notes a failure. Returns the wait before the next attempt, or `None` if the run is to end.
    pub(super) fn failed(&mut self, class: Option<ErrorClass>, now: Instant) -> Option<Duration> {
        let since = *self.since.get_or_insert(now);
        let may_pass =
            class.is_some_and(passes) && now.saturating_duration_since(since) < self.limit;
        may_pass.then(|| self.backoff.next(LONGEST, self.jitter.draw()))
    }

    pub(super) fn ended(&mut self) {
        self.since = None;
        self.backoff.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_waited_for_up_to_its_limit_and_what_a_person_has_to_change_is_not() {
        let mut outage = Outage::new(Duration::from_mins(1));
        let begun = Instant::now();
        let later = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(outage.failed(Some(ErrorClass::Configuration), begun), None);
        assert_eq!(outage.failed(None, begun), None);
        assert!(
            outage
                .failed(Some(ErrorClass::Unavailable), later(59))
                .is_some()
        );
        assert_eq!(
            outage.failed(Some(ErrorClass::Unavailable), later(60)),
            None
        );
        outage.ended();
        assert!(
            outage
                .failed(Some(ErrorClass::UnknownOutcome), later(60))
                .is_some()
        );
    }
}
