//! Moments to come.

use std::time::{Duration, Instant};

/// Longer than anybody waits. Beyond some such time the clock overflows, and adding to it panics.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// The moment this long from now; whoever says `Duration::MAX` waits for a year.
pub(crate) fn deadline(wait: Duration) -> Instant {
    Instant::now() + wait.min(FOR_EVER)
}

/// How long it is until then.
pub(crate) fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
