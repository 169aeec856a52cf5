//! Turns on a server that has no room for a connection of each recorder.
//!
//! A recorder keeps its connection while it has rows to store. If a server has fewer connections than there are recorders, the
//! first ones would keep all of them. So a recorder that was refused one takes turns, and so does one that hears of others:
//! it connects, stores all that waits, closes the connection and rests.

use std::time::Duration;

use tokio::time::Instant;

/// Mean time for which a recorder takes turns after a refusal.
const CROWDED: Duration = Duration::from_mins(10);
/// Mean time between two turns. A host a second of which needs a hundredth of a connection has it in that time.
const TURN: Duration = Duration::from_secs(5);
/// Mean time between two questions of a recorder with a connection, whether others are refused one.
const QUESTION: Duration = Duration::from_mins(1);

/// Room on the server, as far as the refusals show it.
#[derive(Debug, Default)]
pub struct Crowd {
    until: Option<Instant>,
}

impl Crowd {
    /// Notes that a connection was refused because others have all of them, to this recorder or to another. `chance` is any
    /// uniformly drawn number.
    pub fn refused(&mut self, now: Instant, chance: u16) {
        self.until = Some(now + around(CROWDED, chance));
    }

    /// Returns whether the recorder takes turns with others.
    pub fn is_crowded(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Returns the time of the next turn, after one that has ended.
    pub fn next_turn(&self, now: Instant, chance: u16) -> Instant {
        now + around(TURN, chance)
    }
}

/// Returns the time until a recorder with a connection asks whether others are refused one.
pub fn until_question(chance: u16) -> Duration {
    around(QUESTION, chance)
}

/// Returns between half and one and a half times the mean.
fn around(mean: Duration, chance: u16) -> Duration {
    mean / 2 + mean * u32::from(chance) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorder_takes_turns_from_a_refusal_on_until_some_minutes_have_passed() {
        let now = Instant::now();
        let mut crowd = Crowd::default();
        assert!(!crowd.is_crowded(now));
        crowd.refused(now, 0);
        assert!(crowd.is_crowded(now + CROWDED / 2 - Duration::from_secs(1)));
        assert!(!crowd.is_crowded(now + CROWDED / 2));
        crowd.refused(now, u16::MAX);
        assert!(crowd.is_crowded(now + CROWDED));
        assert!(!crowd.is_crowded(now + CROWDED * 3 / 2));
    }

    #[test]
    fn turns_and_questions_are_drawn_from_a_wide_range() {
        let now = Instant::now();
        let crowd = Crowd::default();
        assert_eq!(crowd.next_turn(now, 0), now + TURN / 2);
        assert_eq!(crowd.next_turn(now, u16::MAX), now + TURN * 3 / 2);
        assert_eq!(until_question(0), QUESTION / 2);
        assert_eq!(until_question(u16::MAX), QUESTION * 3 / 2);
    }
}
