//! Times of the searches for what dead processes have left.

use std::time::Duration;

use tokio::time::Instant;

/// Interval of searches while events come, and the first one after them.
const LOOK: Duration = Duration::from_secs(15);
/// Longest interval. Without events each is twice as long as the one before, so that a process at rest stays at rest.
const LONGEST: Duration = Duration::from_mins(16);

/// Schedule of the searches.
#[derive(Debug)]
pub(crate) struct Searches {
    /// `None` for at once.
    next: Option<Instant>,
    pause: Duration,
}

impl Default for Searches {
    fn default() -> Self {
        Self {
            next: None,
            pause: LOOK,
        }
    }
}

impl Searches {
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// Returns the time of the next search, unless it is due at once.
    pub(crate) const fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Notes that a search is complete.
    pub(crate) fn completed(&mut self, now: Instant) {
        self.next = Some(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST);
    }

    /// Repeats the search soon, because something was found and left.
    pub(crate) fn repeat(&mut self, now: Instant) {
        self.next = Some(now + LOOK);
    }

    /// Notes that events came: the process does not rest.
    pub(crate) fn keep_up(&mut self, now: Instant) {
        self.pause = LOOK;
        self.next = self.next.map(|next| next.min(now + LOOK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_become_rare_without_events_and_come_back_with_them() {
        let mut searches = Searches::default();
        let start = Instant::now();
        let mut now = start;
        assert!(searches.is_due(now));
        let intervals: Vec<u64> = (0..9)
            .map(|_| {
                searches.completed(now);
                let next = searches.next().expect("not at once");
                let interval = next - std::mem::replace(&mut now, next);
                interval.as_secs()
            })
            .collect();
        assert_eq!(intervals, [15, 30, 60, 120, 240, 480, 960, 960, 960]);
        searches.completed(now);
        searches.keep_up(now);
        assert_eq!(searches.next(), Some(now + LOOK));
        searches.completed(now);
        assert_eq!(searches.next(), Some(now + LOOK));
    }
}
