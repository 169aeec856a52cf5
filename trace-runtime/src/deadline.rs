//! Deadlines: points in time to come.

use std::time::{Duration, Instant};

/// Upper limit of every wait. Adding a much longer duration to the clock overflows and panics.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// Returns the instant `wait` from now. A longer wait than a year, such as `Duration::MAX`, becomes a year.
pub(crate) fn deadline(wait: Duration) -> Instant {
    Instant::now() + wait.min(FOR_EVER)
}

/// Returns the time left until `deadline`; zero once it has passed.
pub(crate) fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
