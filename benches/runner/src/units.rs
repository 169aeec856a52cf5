//! Cost of a unit of work: for each event that is pending in it, and for the unit itself.

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::Nanoseconds;
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{figures, interleaved};

const CASES: [&str; 7] = [
    "free",
    "in_unit",
    "in_nested_unit",
    "rolled_back",
    "unit_of_one",
    "empty_unit",
    "empty_savepoint",
];

const LINES: [Line; 7] = [
    Line::new(
        "an event outside all units",
        ("free", "cpu_ns"),
        Nanoseconds,
    ),
    beside_free("an event in a unit of 100", "in_unit").target(AtMost(2.0)),
    beside_free("an event in a unit of 100 inside another", "in_nested_unit").target(AtMost(2.5)),
    beside_free(
        "an event in a unit of 100 that is rolled back",
        "rolled_back",
    )
    .target(AtMost(2.0)),
    beside_free("a unit of one event, with it", "unit_of_one").target(AtMost(4.0)),
    beside_free("a unit of none", "empty_unit").target(AtMost(1.0)),
    beside_free("a savepoint of none", "empty_savepoint").target(AtMost(1.0)),
];

const fn beside_free(id: &'static str, case: &'static str) -> Line {
    Line::new(id, (case, "cpu_ns"), Nanoseconds).beside("free", "cpu_ns")
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "units")?;
    let samples = interleaved(&CASES, options.rounds, |case| {
        Ok(figures(&cargo::output_of(&binary, &[case])?))
    })?;
    tell("units", &Report::of(&LINES, &samples)?)
}
