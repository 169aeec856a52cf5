//! Decisions about refused rows, made from evidence. Nothing here carries them out.
//!
//! A row is dead-lettered only on three conditions: it failed alone in a statement, with an error that one of its own values
//! can cause, and a fitting probe passed afterwards. An error that no row can cause never condemns one, however often it
//! occurs.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::ErrorClass;

/// Number of proofs required against a row whose error code is not in a table.
const PROOFS: u8 = 3;
/// Minimum time between two such proofs.
const BETWEEN_PROOFS: Duration = Duration::from_secs(20);
/// Time for which another row's success counts as evidence. Later, a new cause may refuse both rows.
const WITNESS: Duration = Duration::from_secs(5);
/// Number of proofs required against a row that a rule refuses, where another attempt stored the other row. The rule may
/// have applied to all rows, ended, and returned in between.
const WITNESSED_PROOFS: u8 = 2;
/// Number of rows refused alone, with none stored in between, from which the store is at fault and not the rows.
const ALIKE: usize = 8;
/// Number of consecutive failures of a temporary kind, without a commit, that the store may have while it counts as
/// available.
const PATIENCE: u32 = 3;

/// The rules of judgement. A test can turn off each to show that it is needed.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each rule stands or falls by itself"
)]
pub struct Law {
    /// A row is judged only by a statement that holds it alone.
    pub judges_alone: bool,
    /// A probe has to pass before a value is blamed.
    pub probes: bool,
    /// Another real row has to pass before a rule of the application, or an unlisted code, counts against a row.
    pub wants_witness: bool,
    /// Several proofs are needed for an unlisted code.
    pub wants_proofs: bool,
    /// A row is blamed only if it was refused again after the probe or the other row had passed.
    pub repeats: bool,
    /// A timeout or a broken connection counts against no row.
    pub forgives_cuts: bool,
    /// A row is shortened only for its own size.
    pub shortens_by_size: bool,
    /// A row that was refused alone waits apart and lets the others pass.
    pub steps_aside: bool,
    /// The store counts as available only after a commit.
    pub wants_commit: bool,
    /// A session that was given up is ended on the server too.
    pub ends_sessions: bool,
}

impl Law {
    /// All rules enabled.
    pub const IN_FORCE: Self = Self {
        judges_alone: true,
        probes: true,
        wants_witness: true,
        wants_proofs: true,
        repeats: true,
        forgives_cuts: true,
        shortens_by_size: true,
        steps_aside: true,
        wants_commit: true,
        ends_sessions: true,
    };
}

/// Result of a full-width probe on the session that had refused the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProbeResult {
    /// There was no probe, or it got no answer.
    #[default]
    Unknown,
    Passed,
    Refused,
}

/// Evidence about a row that failed alone.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    pub class: ErrorClass,
    pub probe: ProbeResult,
    /// Another real row was stored afterwards, on the same session.
    pub witness: bool,
    /// The row was refused again after the probe or the other row had passed.
    pub repeated: bool,
}

/// Evidence collected about a row in earlier attempts.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    proofs: Proofs,
    /// Class of the refusal that another row's success followed on the same session, and the time of that success.
    witness: Option<(ErrorClass, Instant)>,
    /// The payload was already shortened.
    pub shortened: bool,
}

/// Number of proofs against a row, all of one class.
#[derive(Clone, Copy, Debug, Default)]
struct Proofs {
    class: Option<ErrorClass>,
    count: u8,
    last: Option<Instant>,
}

impl Proofs {
    /// Adds a proof unless it is too close to the last, and returns the number of proofs of its class.
    fn add(&mut self, class: ErrorClass, apart: Duration, now: Instant) -> u8 {
        if self.class != Some(class) {
            *self = Self {
                class: Some(class),
                ..Self::default()
            };
        }
        if self.last.is_none_or(|last| now >= last + apart) {
            self.count = self.count.saturating_add(1);
            self.last = Some(now);
        }
        self.count
    }
}

impl History {
    /// Notes that another row was stored after this row had been refused, on the same session.
    pub const fn note_witness(&mut self, class: ErrorClass, now: Instant) {
        self.witness = Some((class, now));
    }

    /// Takes the noted success and returns its time, if the refusal before it had the same class.
    fn take_witness(&mut self, class: ErrorClass) -> Option<Instant> {
        let (before, at) = self.witness.take()?;
        (before == class).then_some(at)
    }
}

/// Verdict about a row that failed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowVerdict {
    /// The row is bad: dead-letter it.
    DeadLetter,
    /// The row is too large for the server: store it without its payload.
    Shorten,
    /// The table is narrower than the reference, or its rules refuse valid rows. An operator has to fix it.
    BlameTable,
    /// Nothing is proven. The row waits and blocks no other.
    Wait,
}

impl Law {
    /// Judges a row that failed alone.
    pub fn judge(self, evidence: Evidence, history: &mut History, now: Instant) -> RowVerdict {
        let witnessed = history.take_witness(evidence.class);
        let repeated = evidence.repeated || !self.repeats;
        let passed = evidence.probe == ProbeResult::Passed && repeated || !self.probes;
        let witness = evidence.witness && repeated || !self.wants_witness;
        match evidence.class {
            ErrorClass::TooBig if !history.shortened => RowVerdict::Shorten,
            ErrorClass::Value if passed => RowVerdict::DeadLetter,
            ErrorClass::Value if evidence.probe == ProbeResult::Refused => RowVerdict::BlameTable,
            ErrorClass::Rule if witness => RowVerdict::DeadLetter,
            // The row was refused before another row passed, and is refused again now.
            ErrorClass::Rule if witnessed.is_some_and(|at| now < at + WITNESS) => {
                let count = history.proofs.add(ErrorClass::Rule, Duration::ZERO, now);
                self.proven(count, WITNESSED_PROOFS)
            }
            ErrorClass::Other if passed && witness || witnessed.is_some() => {
                // Otherwise the proof is the earlier refusal, followed by another row's success.
                let at = witnessed.filter(|_| !(passed && witness)).unwrap_or(now);
                let count = history.proofs.add(ErrorClass::Other, BETWEEN_PROOFS, at);
                self.proven(count, PROOFS)
            }
            ErrorClass::UnknownOutcome if !self.forgives_cuts => RowVerdict::DeadLetter,
            ErrorClass::UnknownOutcome if !self.shortens_by_size && !history.shortened => {
                RowVerdict::Shorten
            }
            _ => RowVerdict::Wait,
        }
    }

    const fn proven(self, count: u8, needed: u8) -> RowVerdict {
        if count >= needed || !self.wants_proofs {
            RowVerdict::DeadLetter
        } else {
            RowVerdict::Wait
        }
    }

    /// Returns whether this many rows refused alone, with none stored in between, are the store's fault.
    pub const fn blames_store(refused: usize) -> bool {
        refused >= ALIKE
    }

    /// Returns whether this many failures without a commit mean that the store is unavailable. For a failure that is not
    /// temporary, one is enough.
    pub const fn is_outage(class: ErrorClass, failures: u32) -> bool {
        match class {
            ErrorClass::UnknownOutcome | ErrorClass::Transient | ErrorClass::Reconnect => {
                failures > PATIENCE
            }
            _ => true,
        }
    }
}

/// Returns the minimum time until a waiting row is retried, which keeps the proofs against it apart.
pub const fn retry_after(class: ErrorClass) -> Duration {
    match class {
        ErrorClass::Other => BETWEEN_PROOFS,
        _ => Duration::from_secs(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLASSES: [ErrorClass; 14] = [
        ErrorClass::UnknownOutcome,
        ErrorClass::Transient,
        ErrorClass::Unavailable,
        ErrorClass::Crowded,
        ErrorClass::Reconnect,
        ErrorClass::ReadOnly,
        ErrorClass::Configuration,
        ErrorClass::Value,
        ErrorClass::Rule,
        ErrorClass::TooBig,
        ErrorClass::Server,
        ErrorClass::DiskFull,
        ErrorClass::Other,
        ErrorClass::Value,
    ];

    fn judge(class: ErrorClass, probe: ProbeResult, witness: bool) -> RowVerdict {
        let evidence = Evidence {
            class,
            probe,
            witness,
            repeated: true,
        };
        Law::IN_FORCE.judge(evidence, &mut History::default(), Instant::now())
    }

    #[test]
    fn a_value_is_blamed_only_after_a_probe_of_full_width_has_passed() {
        let value = |probe| judge(ErrorClass::Value, probe, true);
        assert_eq!(value(ProbeResult::Passed), RowVerdict::DeadLetter);
        assert_eq!(value(ProbeResult::Refused), RowVerdict::BlameTable);
        assert_eq!(value(ProbeResult::Unknown), RowVerdict::Wait);
    }

    #[test]
    fn a_rule_is_held_against_a_row_only_after_another_row_has_passed() {
        let rule = |witness| judge(ErrorClass::Rule, ProbeResult::Passed, witness);
        assert_eq!(rule(true), RowVerdict::DeadLetter);
        assert_eq!(rule(false), RowVerdict::Wait);
    }

    #[test]
    fn a_rule_that_may_have_come_back_is_held_against_a_row_after_a_second_witness() {
        let evidence = Evidence {
            class: ErrorClass::Rule,
            probe: ProbeResult::Unknown,
            witness: false,
            repeated: true,
        };
        let mut history = History::default();
        let start = Instant::now();
        let mut judge = |witnessed: Option<u64>, millis| {
            let at = |millis| start + Duration::from_millis(millis);
            if let Some(witnessed) = witnessed {
                history.note_witness(ErrorClass::Rule, at(witnessed));
            }
            Law::IN_FORCE.judge(evidence, &mut history, at(millis))
        };
        assert_eq!(judge(None, 0), RowVerdict::Wait);
        assert_eq!(judge(Some(300), 500), RowVerdict::Wait);
        assert_eq!(judge(None, 1000), RowVerdict::Wait);
        // Too late: a new cause may refuse both rows.
        assert_eq!(judge(Some(2000), 9000), RowVerdict::Wait);
        assert_eq!(judge(Some(10_000), 10_100), RowVerdict::DeadLetter);
    }

    #[test]
    fn proofs_of_another_class_do_not_count() {
        let mut proofs = Proofs::default();
        let now = Instant::now();
        assert_eq!(proofs.add(ErrorClass::Rule, Duration::ZERO, now), 1);
        assert_eq!(proofs.add(ErrorClass::Other, BETWEEN_PROOFS, now), 1);
        assert_eq!(proofs.add(ErrorClass::Rule, Duration::ZERO, now), 1);
    }

    #[test]
    fn a_row_that_was_not_refused_again_is_not_blamed() {
        for class in [ErrorClass::Value, ErrorClass::Rule, ErrorClass::Other] {
            let evidence = Evidence {
                class,
                probe: ProbeResult::Passed,
                witness: true,
                repeated: false,
            };
            let verdict = Law::IN_FORCE.judge(evidence, &mut History::default(), Instant::now());
            assert_eq!(verdict, RowVerdict::Wait, "{class:?}");
        }
    }

    #[test]
    fn a_row_is_shortened_once_for_its_own_size_and_waits_then() {
        let evidence = Evidence {
            class: ErrorClass::TooBig,
            probe: ProbeResult::Passed,
            witness: true,
            repeated: true,
        };
        let mut history = History::default();
        let law = Law::IN_FORCE;
        let now = Instant::now();
        assert_eq!(law.judge(evidence, &mut history, now), RowVerdict::Shorten);
        history.shortened = true;
        assert_eq!(law.judge(evidence, &mut history, now), RowVerdict::Wait);
    }

    #[test]
    fn an_unlisted_code_needs_three_proofs_that_are_twenty_seconds_apart() {
        let evidence = Evidence {
            class: ErrorClass::Other,
            probe: ProbeResult::Passed,
            witness: true,
            repeated: true,
        };
        let mut history = History::default();
        let start = Instant::now();
        let mut judge = |second| {
            let now = start + Duration::from_secs(second);
            Law::IN_FORCE.judge(evidence, &mut history, now)
        };
        for second in [0, 10, 19, 20, 39] {
            assert_eq!(judge(second), RowVerdict::Wait, "{second}");
        }
        assert_eq!(judge(40), RowVerdict::DeadLetter);
    }

    proptest! {
        #[test]
        fn what_no_row_can_cause_condemns_and_shortens_none_however_often_it_comes(
            class in 0..CLASSES.len(),
            rounds in 1..50_u64,
            witness: bool,
            probe in prop_oneof![Just(ProbeResult::Passed), Just(ProbeResult::Refused), Just(ProbeResult::Unknown)],
        ) {
            let class = CLASSES[class];
            let can_be_a_rows = matches!(
                class,
                ErrorClass::Value | ErrorClass::Rule | ErrorClass::TooBig | ErrorClass::Other
            );
            prop_assume!(!can_be_a_rows);
            let mut history = History::default();
            let start = Instant::now();
            for round in 0..rounds {
                let now = start + Duration::from_secs(30 * round);
                let verdict = Law::IN_FORCE.judge(Evidence { class, probe, witness, repeated: true }, &mut history, now);
                prop_assert_eq!(verdict, RowVerdict::Wait);
            }
        }

        #[test]
        fn without_a_probe_and_without_a_witness_nothing_is_condemned(
            class in 0..CLASSES.len(),
            rounds in 1..50_u64,
        ) {
            let mut history = History::default();
            let start = Instant::now();
            let evidence = Evidence { class: CLASSES[class], probe: ProbeResult::Unknown, witness: false, repeated: true };
            for round in 0..rounds {
                let now = start + Duration::from_secs(30 * round);
                let verdict = Law::IN_FORCE.judge(evidence, &mut history, now);
                prop_assert_ne!(verdict, RowVerdict::DeadLetter);
            }
        }
    }
}
