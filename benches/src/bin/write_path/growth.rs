//! The insert rate while the table grows.

use std::error::Error;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use behavior_trace::config::{DatabaseUrl, Overflow};
use behavior_trace::policy::{Admission, Call, DefaultPolicy, Event, Masks, Policy};
use behavior_trace::retention::Partitions;
use behavior_trace::{Activity, BehaviorTrace, Timestamp};
use behavior_trace_benches::stories::Stories;
use tracing_subscriber::prelude::*;
use uuid::Uuid;

use crate::Job;

const DEADLINE: Duration = Duration::from_mins(30);
/// Number of steps in which the table grows, each measured separately.
const STEPS: u32 = 10;
const HOUR: i64 = 3_600_000_000;

/// The default number of rows per partition.
pub(crate) const ROWS_PER_HOUR: u32 = 600_000;

/// The layout of the table: plain, or partitioned by the hour.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    Plain,
    /// The timestamps of the rows advance so that each hour has this number of rows. Partitions thus fill during the run.
    Partitioned {
        rows_per_hour: u32,
    },
}

pub(crate) async fn run(job: &Job, layout: Layout) -> Result<(), Box<dyn Error>> {
    let between = match layout {
        Layout::Plain => HOUR / i64::from(ROWS_PER_HOUR),
        Layout::Partitioned { rows_per_hour } => {
            let partitions = Partitions::hourly(&job.url.parse::<DatabaseUrl>()?);
            partitions.convert().await?;
            // The first hour has begun, and the last may have.
            let hours = u16::try_from(job.rows / rows_per_hour + 2)?;
            partitions.create_ahead(hours).await?;
            HOUR / i64::from(rows_per_hour)
        }
    };
    let trace = BehaviorTrace::builder()
        .database_url(&job.url)
        .overflow(Overflow::Wait(DEADLINE))
        .policy(Spread::from_now(between))
        .build()?;
    tracing_subscriber::registry().with(trace.layer()).init();
    let _ = trace.flush_blocking(DEADLINE);
    let mut stories = Stories::new();
    let rows = (job.rows / STEPS).next_multiple_of(4);
    for step in 1..=STEPS {
        let begun = Instant::now();
        for _ in 0..rows / 4 {
            stories.tell().record();
        }
        let _ = trace.flush_blocking(DEADLINE);
        let rate = f64::from(rows) / begun.elapsed().as_secs_f64();
        let stats = trace.stats();
        if stats.stored != u64::from(rows * step) {
            return Err(format!("not everything was stored: {stats:?}").into());
        }
        println!("step_{step} {rate}");
    }
    Ok(())
}

/// The default policy, with timestamps that advance faster than the clock.
struct Spread {
    rules: DefaultPolicy,
    next: AtomicI64,
    /// The interval in microseconds.
    between: i64,
}

impl Spread {
    fn from_now(between: i64) -> Self {
        Self {
            rules: DefaultPolicy::new(),
            next: AtomicI64::new(Timestamp::now().as_micros()),
            between,
        }
    }
}

impl Policy for Spread {
    fn admit(&self, call: &Call<'_>) -> Admission {
        self.rules.admit(call)
    }

    fn masks(&self) -> &Masks {
        self.rules.masks()
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        let at = self.next.fetch_add(self.between, Ordering::Relaxed);
        let mut row = self.rules.finish(event_id, event);
        row.occurred_at = Timestamp::from_micros(at);
        row
    }
}
