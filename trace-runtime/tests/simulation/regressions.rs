//! The smallest scripts of runs that once failed.

use std::time::Duration;

use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::spool::SpoolErrorKind;

use super::script::DiskTrouble::{Fails, Full, Slow};
use super::script::RowKind::{BadRule, Big, Good, Locked, Odd};
use super::script::Step::{
    self, Disk, Kill, Record, RecordDurable, Server, ServerIsWell, Shutdown, Wait,
};
use super::script::Trouble::{
    self, Answers, CommitsHang, Cut, InsertsHang, Narrow, OddRows, RuleForAll,
};
use super::{Rules, Script, guarded};

fn holds(seed: u64, hosts: usize, timeout: Duration, steps: Vec<Step>) {
    let script = Script {
        seed,
        hosts,
        spools: true,
        statement_timeout: timeout,
        steps,
    };
    if let Err(why) = guarded(&script, Rules::IN_FORCE) {
        panic!("{why}\n{script}");
    }
}

const fn wait(millis: u64) -> Step {
    Wait(Duration::from_millis(millis))
}

/// Rows were read back in the order of the file, and one row took the record of another.
#[test]
fn a_row_keeps_what_is_known_of_it() {
    let steps = vec![
        Record {
            host: 1,
            kind: Big,
            count: 12,
        },
        Server(Answers {
            class: ErrorClass::Server,
            over: 0,
            at_commit: false,
        }),
        wait(2825),
        ServerIsWell,
        wait(4197),
        Server(Cut {
            percent: 100,
            after: true,
            silent: false,
        }),
        wait(5788),
        Server(CommitsHang { killable: false }),
        wait(61_045),
    ];
    holds(97_827_609_191_184, 2, Duration::from_secs(1), steps);
}

/// Rows to be sifted waited for their own turn, and good rows waited behind them.
#[test]
fn a_probe_among_thousands_of_bad_rows_goes_on_at_once() {
    let record = |kind, count| Record {
        host: 0,
        kind,
        count,
    };
    let steps = vec![
        record(BadRule, 1467),
        record(Odd, 1500),
        Server(InsertsHang {
            limit: true,
            killable: true,
        }),
        wait(325),
        Kill { host: 0 },
        wait(120_000),
        record(Good, 408),
    ];
    holds(92_159_191_483_954, 1, Duration::from_secs(1), steps);
}

/// A good row refused before and after another row passed was dead-lettered.
#[test]
fn a_rule_for_all_rows_may_end_and_come_back() {
    let rule = || {
        Server(RuleForAll {
            ends_when_seen: false,
        })
    };
    let steps = vec![
        Disk(Slow { millis: 200 }),
        RecordDurable {
            host: 0,
            count: 243,
        },
        rule(),
        Record {
            host: 0,
            kind: Good,
            count: 76,
        },
        wait(1676),
        ServerIsWell,
        wait(316),
        rule(),
        wait(42_199),
    ];
    holds(89_163_395_015_174, 1, Duration::from_secs(1), steps);
}

/// Health was green while the rows of a file could not be counted.
#[test]
fn a_file_whose_rows_cannot_be_counted_is_named() {
    let steps = vec![
        Record {
            host: 0,
            kind: BadRule,
            count: 4,
        },
        wait(620),
        Disk(Slow { millis: 2000 }),
        Kill { host: 0 },
        Disk(Fails {
            percent: 100,
            kind: SpoolErrorKind::Full,
        }),
        wait(120_000),
    ];
    holds(142_861_997_043_803, 1, Duration::from_millis(300), steps);
}

/// The next process has a minute to detect the fault.
#[test]
fn a_shutdown_while_the_disk_is_busy_leaves_the_rows_to_the_next_process() {
    let steps = vec![
        RecordDurable {
            host: 0,
            count: 1107,
        },
        Disk(Fails {
            percent: 100,
            kind: SpoolErrorKind::Busy,
        }),
        wait(61_084),
        Shutdown {
            host: 0,
            within: Duration::from_millis(2620),
        },
    ];
    holds(162_402_811_990_092, 1, Duration::from_millis(300), steps);
}

/// Rows were removed one by one, two seconds each, while a shutdown waited for its answer.
#[test]
fn a_slow_disk_keeps_no_shutdown_waiting_for_rows_to_be_taken_out() {
    let record = |kind, count| Record {
        host: 0,
        kind,
        count,
    };
    let steps = vec![
        record(Odd, 5),
        Server(OddRows { one_in: 2 }),
        record(Locked, 445),
        wait(3777),
        ServerIsWell,
        Disk(Full { removes: false }),
        wait(28_633),
        Disk(Slow { millis: 2000 }),
        RecordDurable { host: 0, count: 3 },
        Shutdown {
            host: 0,
            within: Duration::from_millis(24),
        },
    ];
    holds(150_914_134_250_612, 1, Duration::from_secs(1), steps);
}

/// The table was too narrow for every row, wide enough for one probe, and too narrow again.
#[test]
fn a_table_that_is_narrowed_again_right_after_a_probe_condemns_no_row() {
    let narrow = |ends_when_seen| {
        Server(Narrow {
            one_in: 1,
            ends_when_seen,
        })
    };
    let steps = vec![
        Server(Trouble::Slow { millis: 400 }),
        narrow(false),
        Record {
            host: 0,
            kind: Good,
            count: 50,
        },
        wait(25_964),
        ServerIsWell,
        narrow(true),
        wait(1634),
    ];
    holds(96_913_536_901_791, 2, Duration::from_secs(5), steps);
}

/// The model treated a session whose answer had been taken as busy, and ran the statement again.
#[test]
fn a_session_that_has_answered_is_at_rest() {
    let steps = vec![
        Server(Trouble::Orphans { percent: 100 }),
        Record {
            host: 0,
            kind: Good,
            count: 2,
        },
        RecordDurable { host: 0, count: 6 },
        wait(387),
        wait(1710),
        Record {
            host: 0,
            kind: Big,
            count: 8,
        },
        wait(61),
        ServerIsWell,
        wait(62),
        wait(87),
        wait(19),
        Disk(Fails {
            percent: 100,
            kind: SpoolErrorKind::Damaged,
        }),
        Server(Trouble::NoTable),
        ServerIsWell,
        wait(245),
    ];
    holds(122_147_348_153_557, 1, Duration::from_secs(1), steps);
}
