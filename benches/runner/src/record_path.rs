//! Cost of one event for the recording thread: its own CPU time, unless the line is named idle.

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::{Allocations, Bytes, Nanoseconds};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{self, figures, interleaved};

const VARIANTS: [&str; 23] = [
    "json",
    "json_value",
    "otel",
    "fastrace",
    "floor",
    "scope",
    "scope_heap",
    "scope_disk",
    "scope_tmpfs",
    "spans",
    "scope_async",
    "scope_value",
    "spans_value",
    "scope_record",
    "written",
    "mirror",
    "full",
    "bare",
    "absent",
    "foreign",
    "span_alone",
    "span_json",
    "span",
];

const CPU: &str = "cpu_ns";
const TWO: &str = "cpu_ns_2";
const IDLE: &str = "idle_ns_p50";
const SLOW: &str = "idle_ns_p99";

/// The reference is `json`: `tracing_subscriber::fmt` as JSON through `tracing_appender::non_blocking`, lossy, to an empty
/// writer.
const LINES: [Line; 54] = [
    Line::new("fmt JSON + non_blocking", ("json", CPU), Nanoseconds),
    Line::new(
        "fmt JSON + non_blocking, payload a value",
        ("json_value", CPU),
        Nanoseconds,
    )
    .beside("json", CPU),
    Line::new(
        "OpenTelemetry appender + batch, span attributes",
        ("otel", CPU),
        Nanoseconds,
    )
    .beside("json", CPU),
    Line::new("fastrace root span + event", ("fastrace", CPU), Nanoseconds).beside("json", CPU),
    Line::new("floor: stamp, copy, swap", ("floor", CPU), Nanoseconds).beside("json", CPU),
    Line::new("annotated, by scope", ("scope", CPU), Nanoseconds)
        .beside("json", CPU)
        .target(AtMost(0.03)),
    Line::new(
        "by scope, with a spool, on the heap",
        ("scope_heap", CPU),
        Nanoseconds,
    ),
    Line::new(
        "by scope, mapped on a disk / heap",
        ("scope_disk", CPU),
        Nanoseconds,
    )
    .beside("scope_heap", CPU)
    .target(AtMost(1.1)),
    Line::new(
        "by scope, mapped on tmpfs / heap",
        ("scope_tmpfs", CPU),
        Nanoseconds,
    )
    .beside("scope_heap", CPU)
    .target(AtMost(1.1)),
    Line::new("annotated, by spans", ("spans", CPU), Nanoseconds)
        .beside("json", CPU)
        .target(AtMost(0.05)),
    Line::new("annotated, by scope / floor", ("scope", CPU), Nanoseconds)
        .beside("floor", CPU)
        .target(AtMost(2.5)),
    Line::new("annotated, by spans / floor", ("spans", CPU), Nanoseconds)
        .beside("floor", CPU)
        .target(AtMost(2.5)),
    Line::new(
        "annotated, by spans / OpenTelemetry",
        ("spans", CPU),
        Nanoseconds,
    )
    .beside("otel", CPU)
    .target(AtMost(0.25)),
    Line::new(
        "annotated, by scope / fastrace",
        ("scope", CPU),
        Nanoseconds,
    )
    .beside("fastrace", CPU)
    .target(AtMost(0.5)),
    Line::new(
        "annotated async, by scope",
        ("scope_async", CPU),
        Nanoseconds,
    )
    .beside("json", CPU)
    .target(AtMost(0.03)),
    Line::new("record!, by scope", ("scope_record", CPU), Nanoseconds)
        .beside("json", CPU)
        .target(AtMost(0.03)),
    Line::new(
        "annotated, payload a value, by scope",
        ("scope_value", CPU),
        Nanoseconds,
    )
    .beside("json_value", CPU),
    Line::new(
        "annotated, payload a value, by spans",
        ("spans_value", CPU),
        Nanoseconds,
    )
    .beside("json_value", CPU),
    Line::new("written by hand, by scope", ("written", CPU), Nanoseconds).beside("json", CPU),
    Line::new(
        "annotated, by scope, mirrored",
        ("mirror", CPU),
        Nanoseconds,
    )
    .beside("json", CPU),
    Line::new("queue full", ("full", CPU), Nanoseconds)
        .beside("floor", CPU)
        .target(AtMost(0.5)),
    Line::new(
        "the function without its attribute, loop included",
        ("bare", CPU),
        Nanoseconds,
    ),
    Line::new(
        "annotated, no layer alive, beyond that",
        ("off", CPU),
        Nanoseconds,
    )
    .target(AtMost(2.0)),
    Line::new(
        "an event of others, our layer alone, loop included",
        ("foreign", CPU),
        Nanoseconds,
    ),
    Line::new(
        "life of a request span, registry alone",
        ("span_alone", CPU),
        Nanoseconds,
    ),
    Line::new(
        "life of a request span, added by fmt JSON",
        ("span_json_added", CPU),
        Nanoseconds,
    ),
    Line::new(
        "life of a request span, added by our layer",
        ("span_added", CPU),
        Nanoseconds,
    )
    .beside("span_json_added", CPU)
    .target(AtMost(0.1)),
    Line::new("two threads: fmt JSON", ("json", TWO), Nanoseconds).beside("json", CPU),
    Line::new("two threads: OpenTelemetry", ("otel", TWO), Nanoseconds).beside("otel", CPU),
    Line::new("two threads: fastrace", ("fastrace", TWO), Nanoseconds).beside("fastrace", CPU),
    Line::new("two threads: floor", ("floor", TWO), Nanoseconds).beside("floor", CPU),
    Line::new(
        "two threads: annotated, by scope",
        ("scope", TWO),
        Nanoseconds,
    )
    .beside("scope", CPU)
    .target(AtMost(1.6)),
    Line::new(
        "two threads: annotated, by spans",
        ("spans", TWO),
        Nanoseconds,
    )
    .beside("spans", CPU)
    .target(AtMost(1.6)),
    Line::new("idle, p50: fmt JSON", ("json", IDLE), Nanoseconds),
    Line::new("idle, p50: OpenTelemetry", ("otel", IDLE), Nanoseconds).beside("json", IDLE),
    Line::new("idle, p50: fastrace", ("fastrace", IDLE), Nanoseconds).beside("json", IDLE),
    Line::new(
        "idle, p50: annotated, by scope",
        ("scope", IDLE),
        Nanoseconds,
    )
    .beside("json", IDLE)
    .target(AtMost(0.12)),
    Line::new(
        "idle, p50: annotated, by spans",
        ("spans", IDLE),
        Nanoseconds,
    )
    .beside("json", IDLE)
    .target(AtMost(0.12)),
    Line::new("idle, p99: fmt JSON", ("json", SLOW), Nanoseconds),
    Line::new(
        "idle, p99: annotated, by scope",
        ("scope", SLOW),
        Nanoseconds,
    )
    .beside("json", SLOW)
    .target(AtMost(0.4)),
    Line::new(
        "idle, p99: by scope, mapped on a disk / heap",
        ("scope_disk", SLOW),
        Nanoseconds,
    )
    .beside("scope_heap", SLOW)
    .target(AtMost(1.0)),
    Line::new(
        "idle, p99: by scope, mapped on tmpfs / heap",
        ("scope_tmpfs", SLOW),
        Nanoseconds,
    )
    .beside("scope_heap", SLOW)
    .target(AtMost(1.0)),
    Line::new(
        "two threads: by scope, mapped on a disk / heap",
        ("scope_disk", TWO),
        Nanoseconds,
    )
    .beside("scope_heap", TWO)
    .target(AtMost(1.1)),
    Line::new(
        "allocations: by scope, mapped",
        ("scope_disk", "allocations"),
        Allocations,
    )
    .target(AtMost(0.0)),
    Line::new(
        "allocations: fmt JSON",
        ("json", "allocations"),
        Allocations,
    ),
    Line::new(
        "allocations: OpenTelemetry",
        ("otel", "allocations"),
        Allocations,
    ),
    Line::new(
        "allocations: fastrace",
        ("fastrace", "allocations"),
        Allocations,
    ),
    Line::new(
        "allocations: annotated, by scope",
        ("scope", "allocations"),
        Allocations,
    )
    .target(AtMost(0.0)),
    Line::new(
        "allocations: annotated, by spans",
        ("spans", "allocations"),
        Allocations,
    )
    .target(AtMost(0.0)),
    Line::new(
        "allocations: annotated async, by scope",
        ("scope_async", "allocations"),
        Allocations,
    )
    .target(AtMost(0.0)),
    Line::new(
        "allocations: payload a value, by scope",
        ("scope_value", "allocations"),
        Allocations,
    )
    .target(AtMost(0.0)),
    Line::new("bytes: fmt JSON", ("json", "bytes"), Bytes),
    Line::new("bytes: OpenTelemetry", ("otel", "bytes"), Bytes),
    Line::new("bytes: annotated, by scope", ("scope", "bytes"), Bytes).target(AtMost(0.0)),
];

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = |name| cargo::binary("behavior-trace-benches", name);
    let (time, allocations) = (binary("record_path")?, binary("allocations")?);
    let mut samples = interleaved(&VARIANTS, options.rounds, |variant| {
        Ok(figures(&cargo::output_of(&time, &[variant])?))
    })?;
    for variant in VARIANTS {
        samples.add(
            variant,
            rounds::figures(&cargo::output_of(&allocations, &[variant])?),
        );
    }
    samples.add_difference("off", ("absent", "bare"), CPU);
    samples.add_difference("span_json_added", ("span_json", "span_alone"), CPU);
    samples.add_difference("span_added", ("span", "span_alone"), CPU);
    tell("record_path", &Report::of(&LINES, &samples)?)
}
