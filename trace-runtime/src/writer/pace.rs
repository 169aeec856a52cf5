//! When the writer looks at the queue next: at a tick, or once it is woken.

use std::time::Duration;

use tokio::time::Instant;

/// Tick under load, and the longest tick while something is left to do later.
pub(super) const TICK: Duration = Duration::from_millis(10);
pub(super) const IDLE_TICK: Duration = Duration::from_millis(250);
/// Tick while all connections are busy and the next batch is ready. The writer waits for the end of an attempt then. A slow
/// server takes several ticks for a batch, and waking earlier would cost measurable time.
const BUSY_TICK: Duration = Duration::from_millis(50);
/// Time without an event after which the writer rests. The first event afterwards costs its caller the wake of a thread, 5 to
/// 8 µs, so a busy application never meets it.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// All connections are busy, and the next batch is ready.
    Saturated,
    /// Events came, or are on their way.
    Work,
    /// Something is left to do later: an outage, rows set aside, a file in repair, room that a unit of work holds.
    Later,
    /// Nothing, until an event comes or something else is due.
    Nothing,
}

/// The next pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    /// Longest time; `None` if only a wake or another due time ends the pause.
    pub(super) longest: Option<Duration>,
    /// Whether the first event has to wake the writer.
    pub(super) rests: bool,
}

impl Pause {
    const fn tick(longest: Duration) -> Self {
        Self {
            longest: Some(longest),
            rests: false,
        }
    }
}

/// The writer's pace.
#[derive(Debug)]
pub(super) struct Pace {
    tick: Duration,
    quiet: Duration,
    /// Time since which there was nothing to do.
    nothing_since: Option<Instant>,
    /// The rest was announced, so the queue was drained once since.
    is_announced: bool,
}

impl Pace {
    pub(super) const fn new(quiet: Duration) -> Self {
        Self {
            tick: TICK,
            quiet,
            nothing_since: None,
            is_announced: false,
        }
    }

    /// Returns the next pause. Before a rest comes one tick for which it is announced: the drain at its end is the proof that
    /// no event came unannounced.
    pub(super) fn next(&mut self, demand: Demand, now: Instant) -> Pause {
        if demand != Demand::Nothing {
            self.nothing_since = None;
            self.is_announced = false;
        }
        match demand {
            Demand::Saturated => self.tick = BUSY_TICK,
            Demand::Work => self.tick = TICK,
            Demand::Later => self.tick = (self.tick * 2).min(IDLE_TICK),
            Demand::Nothing => {
                let since = *self.nothing_since.get_or_insert(now);
                self.tick = TICK;
                if now >= since + self.quiet {
                    let longest = (!self.is_announced).then_some(TICK);
                    self.is_announced = true;
                    return Pause {
                        longest,
                        rests: true,
                    };
                }
            }
        }
        Pause::tick(self.tick)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rest_is_announced_for_a_tick_and_has_no_end_of_its_own() {
        let mut pace = Pace::new(QUIET);
        let start = Instant::now();
        assert_eq!(pace.next(Demand::Nothing, start), Pause::tick(TICK));
        let almost = start + QUIET - TICK;
        assert_eq!(pace.next(Demand::Nothing, almost), Pause::tick(TICK));
        let rests = |longest| Pause {
            longest,
            rests: true,
        };
        let quiet = start + QUIET;
        assert_eq!(pace.next(Demand::Nothing, quiet), rests(Some(TICK)));
        assert_eq!(pace.next(Demand::Nothing, quiet), rests(None));
        // A due time that finds nothing to do does not end it.
        assert_eq!(pace.next(Demand::Nothing, quiet + QUIET), rests(None));
        assert_eq!(pace.next(Demand::Work, quiet), Pause::tick(TICK));
        assert_eq!(pace.next(Demand::Nothing, quiet), Pause::tick(TICK));
    }

    fn demands() -> impl Strategy<Value = Vec<(u64, Demand)>> {
        let demand = prop_oneof![
            1 => Just(Demand::Saturated),
            1 => Just(Demand::Work),
            1 => Just(Demand::Later),
            6 => Just(Demand::Nothing),
        ];
        prop::collection::vec((0_u64..600, demand), 1..60)
    }

    proptest! {
        #[test]
        fn a_pause_without_end_follows_only_a_quiet_time_and_an_announced_tick(steps in demands()) {
            let mut pace = Pace::new(QUIET);
            let mut now = Instant::now();
            let (mut nothing_since, mut announced) = (None, false);
            for (pause, demand) in steps {
                now += Duration::from_millis(pause);
                let next = pace.next(demand, now);
                if demand == Demand::Nothing {
                    let since: Instant = *nothing_since.get_or_insert(now);
                    prop_assert_eq!(next.rests, now >= since + QUIET);
                    prop_assert_eq!(next.longest.is_none(), next.rests && announced);
                } else {
                    nothing_since = None;
                    prop_assert!(!next.rests);
                    prop_assert!(next.longest.is_some_and(|longest| longest <= IDLE_TICK));
                }
                announced = next.rests;
            }
        }
    }
}
