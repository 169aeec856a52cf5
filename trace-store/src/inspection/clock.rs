//! This machine's clock against the server's.
//!
//! Events have the time of this machine, and retention and partitions go by the time of the server.

use std::time::{Duration, Instant};

use behavior_trace_core::Timestamp;

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::StoreError;

/// Number of looks at the server's clock; the fastest one counts.
const LOOKS: usize = 5;
const SECOND: i64 = 1_000_000;
const WARNS: i64 = SECOND;
const FAILS: i64 = 60 * SECOND;

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let connection = subject.connection().await?;
    let mut fastest: Option<(Duration, i64)> = None;
    for _ in 0..LOOKS {
        let before = Timestamp::now();
        let begun = Instant::now();
        let server = connection.now().await?;
        let round_trip = begun.elapsed();
        let skew = skew(before, round_trip, server);
        if fastest.is_none_or(|(best, _)| round_trip < best) {
            fastest = Some((round_trip, skew));
        }
    }
    let Some((round_trip, skew)) = fastest else {
        return Ok(Vec::new());
    };
    subject.skew = skew;
    Ok(vec![judge(skew, round_trip)])
}

/// Returns by how much the server's clock is ahead of the middle of the round trip, in microseconds.
fn skew(before: Timestamp, round_trip: Duration, server: Timestamp) -> i64 {
    server.as_micros() - before.as_micros() - micros(round_trip) / 2
}

fn judge(skew: i64, round_trip: Duration) -> Finding {
    // The server may have looked at its clock at either end of the round trip.
    let uncertain = micros(round_trip) / 2;
    let proven = skew.saturating_abs() - uncertain;
    let direction = if skew < 0 { "behind" } else { "ahead of" };
    let found = format!(
        "the server's clock is {} {direction} this machine's (within {})",
        spelled(skew.saturating_abs()),
        spelled(uncertain)
    );
    let remedy = "synchronise both clocks by NTP; events have this machine's time, and retention goes by the server's";
    if proven > FAILS {
        Finding::fail(Check::Clock, found, remedy)
    } else if proven > WARNS {
        Finding::warn(Check::Clock, found, remedy)
    } else {
        Finding::ok(Check::Clock, found)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Spells microseconds as seconds or milliseconds.
fn spelled(micros: i64) -> String {
    if micros < SECOND {
        format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
    } else {
        format!("{}.{} s", micros / SECOND, micros % SECOND / 100_000)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::FindingLevel;
    use super::*;

    #[test]
    fn only_what_the_round_trip_does_not_explain_counts() {
        let level = |skew, round_trip| judge(skew, Duration::from_micros(round_trip)).level;
        assert_eq!(level(SECOND, 0), FindingLevel::Ok);
        assert_eq!(level(SECOND + 1, 0), FindingLevel::Warn);
        assert_eq!(level(-SECOND - 1, 0), FindingLevel::Warn);
        assert_eq!(level(2 * SECOND, 2_000_000), FindingLevel::Ok);
        assert_eq!(level(FAILS, 0), FindingLevel::Warn);
        assert_eq!(level(-FAILS - 1, 0), FindingLevel::Fail);
        assert_eq!(level(i64::MIN, 0), FindingLevel::Fail);
    }

    #[test]
    fn the_middle_of_the_round_trip_is_compared() {
        let at = Timestamp::from_micros;
        let round_trip = Duration::from_micros(400);
        assert_eq!(skew(at(1_000), round_trip, at(1_200)), 0);
        assert_eq!(skew(at(1_000), round_trip, at(1_000)), -200);
        assert!(judge(-1_500_000, round_trip).found.contains("1.5 s behind"));
    }
}
