//! The real writer with its queue and its rules, simulated on a paused clock with one random source. The server, the disk
//! and the processes around it fail in any way.
//!
//! *Safety*: no row that the script does not declare bad is ever dead-lettered, dropped, altered or stored twice, and every
//! event is accounted for. *Liveness*: once every fault has ended, all events arrive. A failing run is printed with its
//! seed and its smallest script. `cargo xtask simulate` runs many.

mod crowd;
mod disk;
mod driver;
mod random;
mod regressions;
mod script;
mod server;
mod world;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_store::delivery::judgement::Law;
use behavior_trace_store::spool::SpoolErrorKind;

use script::Script;
use world::{Rules, Summary, run};

/// First seed of the search for runs that show the need for a rule.
const SEED: u64 = 15;
/// Time limit for shrinking a failing script.
const SHRINKING: Duration = Duration::from_secs(30);

/// Time after which a run counts as hung. A run takes less than a second or two.
const STANDS_STILL: Duration = Duration::from_secs(15);

/// A failing run, shrunk as far as possible.
struct Failure {
    script: Script,
    why: String,
    runs: u64,
}

/// Runs one seed after another for `time`, until one fails, and shrinks its script.
fn hunt(rules: Rules, first_seed: u64, time: Duration) -> Result<(u64, Summary), Failure> {
    let Failure { script, why, runs } = match search(rules, first_seed, time) {
        Ok(found) => return Ok(found),
        Err(failure) => failure,
    };
    Err(shrink(script, why, rules, runs))
}

/// Runs one seed after another for `time`, until one fails.
fn search(rules: Rules, first_seed: u64, time: Duration) -> Result<(u64, Summary), Failure> {
    let begun = Instant::now();
    let (mut runs, mut total) = (0, Summary::default());
    while runs == 0 || begun.elapsed() < time {
        let script = Script::draw(first_seed.wrapping_add(runs));
        let _watched = Watchdog::of(&script);
        runs += 1;
        match guarded(&script, rules) {
            Ok(summary) => {
                total.simulated += summary.simulated;
                total.events += summary.events;
                total.statements += summary.statements;
            }
            Err(why) => return Err(Failure { script, why, runs }),
        }
    }
    Ok((runs, total))
}

/// Reports a run that hangs. The clock is paused, so that no timeout would.
struct Watchdog(#[expect(dead_code, reason = "its end is what is heard")] mpsc::Sender<()>);

impl Watchdog {
    fn of(script: &Script) -> Self {
        let (alive, watched) = mpsc::channel::<()>();
        let seed = script.seed;
        thread::spawn(move || {
            if watched.recv_timeout(STANDS_STILL) == Err(RecvTimeoutError::Timeout) {
                eprintln!(
                    "the run of seed {seed} has taken {STANDS_STILL:?}; does it stand still?"
                );
            }
        });
        Self(alive)
    }
}

fn guarded(script: &Script, rules: Rules) -> Result<Summary, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(script, rules)))
        .unwrap_or_else(|_| Err("the simulation panicked".to_owned()))
}

/// Removes steps as long as the run still fails.
fn shrink(mut script: Script, mut why: String, rules: Rules, runs: u64) -> Failure {
    let begun = Instant::now();
    let mut count = (script.steps.len() / 2).max(1);
    loop {
        let mut from = 0;
        while from < script.steps.len() && begun.elapsed() < SHRINKING {
            let smaller = script.without(from, count);
            match guarded(&smaller, rules) {
                Err(found) => (script, why) = (smaller, found),
                Ok(_) => from += count,
            }
        }
        if count == 1 || begun.elapsed() >= SHRINKING {
            return Failure { script, why, runs };
        }
        count = count.div_ceil(2);
    }
}

fn seed_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn fresh_seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0 >> 16
}

fn holds(first_seed: u64, time: Duration) {
    match hunt(Rules::IN_FORCE, first_seed, time) {
        Ok((runs, total)) => println!(
            "{runs} runs from seed {first_seed}: {:.1} simulated hours, {} events, {} statements, nothing found",
            total.simulated.as_secs_f64() / 3600.0,
            total.events,
            total.statements
        ),
        Err(failure) => panic!(
            "{}\nafter {} runs; replay it with `cargo xtask simulate --seed {}`; its smallest script:\n{}",
            failure.why, failure.runs, failure.script.seed, failure.script
        ),
    }
}

#[test]
fn a_seed_replays_the_same_run() {
    for seed in SEED..SEED + 10 {
        let script = Script::draw(seed);
        let first = guarded(&script, Rules::IN_FORCE);
        assert_eq!(first, guarded(&script, Rules::IN_FORCE), "{seed}");
    }
}

#[test]
fn fresh_seeds_find_nothing() {
    holds(fresh_seed(), Duration::from_secs(5));
}

/// Runs for the time or the one seed given in the environment.
#[test]
#[ignore = "run by `cargo xtask simulate`"]
fn simulate() {
    let minutes = seed_from("BEHAVIOR_TRACE_SIMULATED_MINUTES").unwrap_or(1);
    match seed_from("BEHAVIOR_TRACE_SIMULATED_SEED") {
        Some(seed) => holds(seed, Duration::ZERO),
        None => holds(fresh_seed(), Duration::from_mins(minutes)),
    }
}

/// Returns the rules without one of them, for each, with the name of that rule.
fn without_one() -> Vec<(&'static str, Rules)> {
    let law = Law::IN_FORCE;
    let without = |law| Rules {
        law,
        ..Rules::IN_FORCE
    };
    let idle = Rules {
        limits_idle: false,
        ..Rules::IN_FORCE
    };
    let laws = [
        (
            "judges_alone",
            Law {
                judges_alone: false,
                ..law
            },
        ),
        (
            "probes",
            Law {
                probes: false,
                ..law
            },
        ),
        (
            "wants_witness",
            Law {
                wants_witness: false,
                ..law
            },
        ),
        (
            "wants_proofs",
            Law {
                wants_proofs: false,
                ..law
            },
        ),
        (
            "repeats",
            Law {
                repeats: false,
                ..law
            },
        ),
        (
            "forgives_cuts",
            Law {
                forgives_cuts: false,
                ..law
            },
        ),
        (
            "shortens_by_size",
            Law {
                shortens_by_size: false,
                ..law
            },
        ),
        (
            "steps_aside",
            Law {
                steps_aside: false,
                ..law
            },
        ),
        (
            "wants_commit",
            Law {
                wants_commit: false,
                ..law
            },
        ),
        (
            "ends_sessions",
            Law {
                ends_sessions: false,
                ..law
            },
        ),
    ];
    let mut all: Vec<_> = laws
        .into_iter()
        .map(|(rule, law)| (rule, without(law)))
        .collect();
    all.push(("limits_idle", idle));
    all
}

/// Checks that each rule is needed: without it, some run fails.
fn misses_each_rule(first_seed: u64, time: Duration) {
    let mut unmissed = Vec::new();
    for (rule, rules) in without_one() {
        let begun = Instant::now();
        match search(rules, first_seed, time) {
            Ok((runs, _)) => unmissed.push(format!("{rule} (in {runs} runs)")),
            Err(failure) => println!(
                "without {rule}: found after {} runs, {:.1} s: {}",
                failure.runs,
                begun.elapsed().as_secs_f64(),
                failure.why.lines().next().unwrap_or_default()
            ),
        }
    }
    assert!(
        unmissed.is_empty(),
        "nothing was found without {unmissed:?}"
    );
}

/// Uses the same seeds each time, because new ones would sometimes need more than a minute. The time limit allows for other
/// tests on the same processors.
#[test]
fn each_rule_is_missed() {
    misses_each_rule(SEED, Duration::from_mins(4));
}

#[test]
#[ignore = "run by `cargo xtask simulate --rules`"]
fn each_rule_is_missed_by_fresh_seeds() {
    let seed = seed_from("BEHAVIOR_TRACE_SIMULATED_SEED").unwrap_or_else(fresh_seed);
    misses_each_rule(seed, Duration::from_mins(1));
}

/// Covers each call as the first to fail, with all calls after it.
#[test]
fn a_disk_that_fails_for_good_at_any_moment_has_its_rows_named() {
    let kinds = [
        SpoolErrorKind::Unusable,
        SpoolErrorKind::Busy,
        SpoolErrorKind::Full,
        SpoolErrorKind::Damaged,
    ];
    for (kind, moment) in kinds
        .into_iter()
        .flat_map(|kind| (0..20).map(move |it| (kind, it)))
    {
        let script = Script::of_a_failing_disk(kind, moment);
        let _watched = Watchdog::of(&script);
        if let Err(why) = guarded(&script, Rules::IN_FORCE) {
            panic!("{why}\n{script}");
        }
    }
}
