//! Script of a run: a list of steps, drawn from a seed, that can be printed and shrunk.

use std::fmt;
use std::time::Duration;

use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::spool::SpoolErrorKind;

use super::random::Random;

/// Longest pause between two steps. Outages last for several of them.
const LONGEST: Duration = Duration::from_mins(2);

/// Kind of the row an event makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// Every correct table takes it.
    Good,
    /// Good, but another client holds a lock on its key during [`Trouble::LockedRows`].
    Locked,
    /// Larger than the server takes.
    Big,
    /// Bad: one of its values fits no column.
    BadValue,
    /// Bad: a rule of the application refuses it.
    BadRule,
    /// Bad: the server refuses it with a code that no table lists.
    Odd,
}

impl RowKind {
    /// Returns whether it may become a dead letter.
    pub(super) const fn is_bad(self) -> bool {
        matches!(self, Self::BadValue | Self::BadRule | Self::Odd)
    }
}

/// Fault of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trouble {
    Refuses,
    /// It has this many connections, and refuses another one.
    Room {
        connections: usize,
    },
    ConnectHangs,
    NoTable,
    /// Reads pass, and INSERTs wait. With the session's `limit`, they fail with 1205 in the end.
    InsertsHang {
        limit: bool,
        killable: bool,
    },
    /// A rolled-back row passes, and commits wait.
    CommitsHang {
        killable: bool,
    },
    /// Connections are cut before or after the effect, silently or with an error.
    Cut {
        percent: u64,
        after: bool,
        silent: bool,
    },
    /// Statements with more rows than this are cut.
    CutsLarge {
        rows: usize,
    },
    /// Statements with more rows than this fail. If only the commit fails, a rolled-back row passes.
    Answers {
        class: ErrorClass,
        over: usize,
        at_commit: bool,
    },
    /// Every second session answers everything with an unlisted code.
    OddSessions,
    /// One row in `one_in` no longer fits, nor does the probe. At each refusal, the fault may end with a chance of one
    /// half.
    Narrow {
        one_in: u64,
        ends_when_seen: bool,
    },
    /// A rule refuses every row. The fault may end right after a refusal.
    RuleForAll {
        ends_when_seen: bool,
    },
    /// One row in `one_in` is refused with an unlisted code, for half a minute at most.
    OddRows {
        one_in: u64,
    },
    /// Another client holds locks on the keys of some rows.
    LockedRows,
    /// A connection is lost between `BEGIN` and `COMMIT`, and its session keeps its locks.
    Orphans {
        percent: u64,
    },
    /// Every statement takes this long.
    Slow {
        millis: u64,
    },
}

/// Fault of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiskTrouble {
    /// It takes no more rows. Without room for even a log, it removes none either.
    Full { removes: bool },
    /// Every write takes this long.
    Slow { millis: u64 },
    /// This share of all calls fails.
    Fails { percent: u64, kind: SpoolErrorKind },
    /// One row in `one_in` can no longer be read. All else works.
    Damages { one_in: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Wait(Duration),
    Record {
        host: usize,
        kind: RowKind,
        count: usize,
    },
    /// Good rows whose callers wait until they are on disk.
    RecordDurable {
        host: usize,
        count: usize,
    },
    Server(Trouble),
    ServerIsWell,
    Disk(DiskTrouble),
    DiskIsWell,
    /// The process ends at any point, and starts again.
    Kill {
        host: usize,
    },
    /// The process shuts down within this time, and starts again.
    Shutdown {
        host: usize,
        within: Duration,
    },
}

/// A whole run.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) seed: u64,
    pub(super) hosts: usize,
    /// If unset, rows wait in memory.
    pub(super) spools: bool,
    pub(super) statement_timeout: Duration,
    pub(super) steps: Vec<Step>,
}

impl Script {
    /// Draws a run.
    pub(super) fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let hosts = if random.percent(25) { 2 } else { 1 };
        let spools = random.percent(75);
        let statement_timeout = random.pick(&[
            Duration::from_millis(300),
            Duration::from_secs(1),
            Duration::from_secs(5),
        ]);
        let count = 10 + random.below(40);
        let mut steps = Vec::new();
        // Three proofs exceed the half minute of one such fault, but not that of several.
        let mut has_odd_rows = false;
        for _ in 0..count {
            let step = step(&mut random, hosts);
            let is_odd = matches!(step, Step::Server(Trouble::OddRows { .. }));
            if !is_odd || !std::mem::replace(&mut has_odd_rows, true) {
                steps.push(step);
            }
            if random.percent(50) {
                steps.push(Step::Wait(random.time(LONGEST)));
            }
        }
        Self {
            seed,
            hosts,
            spools,
            statement_timeout,
            steps,
        }
    }

    /// Returns a run that spools rows in one process or in two. At `moment` the disk fails permanently, while the server
    /// works.
    pub(super) fn of_a_failing_disk(kind: SpoolErrorKind, moment: u64) -> Self {
        let record = |host| Step::Record {
            host,
            kind: RowKind::Good,
            count: 700,
        };
        let hosts = usize::try_from(1 + moment % 2).expect("few");
        let mut steps = vec![Step::Server(Trouble::Refuses)];
        steps.extend((0..hosts).map(record));
        steps.push(Step::Wait(Duration::from_secs(3)));
        if moment.is_multiple_of(3) {
            steps.push(Step::Kill { host: 0 });
        }
        // During the recovery, or during delivery to the server.
        steps.push(Step::ServerIsWell);
        steps.push(Step::Wait(Duration::from_millis(moment * 15)));
        steps.push(record(0));
        let percent = 100;
        steps.push(Step::Disk(DiskTrouble::Fails { percent, kind }));
        steps.push(Step::Wait(Duration::from_secs(150)));
        Self {
            seed: moment,
            hosts,
            spools: true,
            statement_timeout: Duration::from_secs(1),
            steps,
        }
    }

    /// Returns the script without some of its steps.
    pub(super) fn without(&self, from: usize, count: usize) -> Self {
        let mut smaller = self.clone();
        let end = (from + count).min(smaller.steps.len());
        smaller.steps.drain(from..end);
        smaller
    }
}

fn step(random: &mut Random, hosts: usize) -> Step {
    let host = usize::try_from(random.below(hosts as u64)).expect("few");
    match random.below(100) {
        0..40 => {
            let kind = kind(random);
            // Large rows fill the queue, and then drops are correct.
            let most = if kind == RowKind::Big { 20 } else { 1500 };
            let count = random.time(Duration::from_millis(most)).as_millis();
            let count = usize::try_from(count).expect("few");
            if kind == RowKind::Good && random.percent(15) {
                return Step::RecordDurable { host, count };
            }
            Step::Record { host, kind, count }
        }
        40..65 => Step::Server(trouble(random)),
        65..80 => Step::ServerIsWell,
        80..86 => Step::Disk(disk(random)),
        86..91 => Step::DiskIsWell,
        91..96 => Step::Kill { host },
        _ => Step::Shutdown {
            host,
            within: random.time(Duration::from_secs(20)),
        },
    }
}

fn kind(random: &mut Random) -> RowKind {
    match random.below(100) {
        0..70 => RowKind::Good,
        70..76 => RowKind::Locked,
        76..82 => RowKind::Big,
        82..88 => RowKind::BadValue,
        88..94 => RowKind::BadRule,
        _ => RowKind::Odd,
    }
}

fn trouble(random: &mut Random) -> Trouble {
    let killable = random.percent(80);
    match random.below(16) {
        15 => Trouble::OddRows {
            one_in: random.pick(&[2, 10]),
        },
        0 if !killable => Trouble::Room { connections: 1 },
        0 => Trouble::Refuses,
        1 => Trouble::ConnectHangs,
        2 => Trouble::NoTable,
        3 | 4 => Trouble::InsertsHang {
            limit: random.percent(50),
            killable,
        },
        5 => Trouble::CommitsHang { killable },
        6 => Trouble::Cut {
            percent: random.pick(&[10, 50, 100]),
            after: random.percent(50),
            silent: random.percent(30),
        },
        7 => Trouble::CutsLarge {
            rows: random.pick(&[0, 1, 5, 50]),
        },
        8 | 9 => Trouble::Answers {
            class: random.pick(&[
                ErrorClass::Transient,
                ErrorClass::Server,
                ErrorClass::Other,
                ErrorClass::Other,
                ErrorClass::DiskFull,
                ErrorClass::ReadOnly,
                ErrorClass::Configuration,
                ErrorClass::Unavailable,
                ErrorClass::Reconnect,
            ]),
            over: random.pick(&[0, 0, 1, 20]),
            at_commit: random.percent(50),
        },
        10 => Trouble::OddSessions,
        11 => Trouble::Narrow {
            one_in: random.pick(&[1, 1, 2, 10]),
            ends_when_seen: random.percent(40),
        },
        12 => Trouble::RuleForAll {
            ends_when_seen: random.percent(40),
        },
        13 => Trouble::LockedRows,
        _ if random.percent(50) => Trouble::Orphans {
            percent: random.pick(&[20, 100]),
        },
        _ => Trouble::Slow {
            millis: random.pick(&[20, 400, 2000]),
        },
    }
}

fn disk(random: &mut Random) -> DiskTrouble {
    match random.below(5) {
        0 => DiskTrouble::Full {
            removes: random.percent(50),
        },
        1 => DiskTrouble::Slow {
            millis: random.pick(&[5, 200, 2000]),
        },
        2 => DiskTrouble::Damages {
            one_in: random.pick(&[1, 2, 10, 100]),
        },
        _ => DiskTrouble::Fails {
            percent: random.pick(&[5, 50, 100]),
            kind: random.pick(&[
                SpoolErrorKind::Busy,
                SpoolErrorKind::Unusable,
                SpoolErrorKind::Full,
                SpoolErrorKind::Damaged,
            ]),
        },
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}, {} host(s), {} spool, statement timeout {:?}",
            self.seed,
            self.hosts,
            if self.spools { "with" } else { "without" },
            self.statement_timeout
        )?;
        for step in &self.steps {
            writeln!(f, "  {step:?}")?;
        }
        Ok(())
    }
}
