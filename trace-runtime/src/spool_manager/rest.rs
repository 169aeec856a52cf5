//! When the spool needs the writer while no row comes.

use behavior_trace_store::spool::{SpoolFile as _, SpoolStorage};
use tokio::time::Instant;

use super::{EMPTY, SpoolManager, SpoolState};

impl<S: SpoolStorage> SpoolManager<S> {
    /// Returns whether it has work that goes on at each tick: a file that is opened, checked, recovered or shrunk, or that
    /// cannot be used.
    pub(crate) fn needs_ticks(&self, now: Instant) -> bool {
        let spool = match &self.state {
            SpoolState::Ready(spool) => spool,
            SpoolState::Ended => return false,
            SpoolState::Closed | SpoolState::Opening(_) => return self.storage.is_some(),
        };
        let is_sound = !self.is_resting(now) && self.trouble.is_none() && !self.suspect;
        let is_whole = !spool.is_alone() && !spool.has_salvage() && self.owed == 0;
        let is_done = self.delivered.numbers.is_empty() && self.parked.is_empty();
        let is_settled = self.tasks.is_at_rest() && self.recovery.is_at_rest(now);
        let shrinks = self.shrinks_from().is_some_and(|from| now >= from);
        !(is_sound && is_whole && is_done && is_settled) || shrinks
    }

    /// Returns the time of its next work, if nothing happens before.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let search = self.recovery.searches.next();
        let search = search.filter(|_| matches!(self.state, SpoolState::Ready(_)));
        search.into_iter().chain(self.shrinks_from()).min()
    }

    /// Returns the time from which disk space is given back.
    fn shrinks_from(&self) -> Option<Instant> {
        let since = self.empty_since.filter(|_| self.has_slack);
        since.map(|since| since + EMPTY)
    }

    /// Notes that events came.
    pub(crate) fn keep_up(&mut self, now: Instant) {
        self.recovery.searches.keep_up(now);
    }
}
