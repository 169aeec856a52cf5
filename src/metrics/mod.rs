//! The numbers and the health of a recorder as metrics of the `metrics` crate, for the exporter that the application installs.
//!
//! [`RecorderMetrics::observe`] reads the recorder and sets every metric. The application calls it where its exporter answers
//! a scrape, or on a task every ten seconds. The recording calls do nothing for it.
//!
//! ```
//! use behavior_trace::BehaviorTrace;
//! use behavior_trace::metrics::{RecorderMetrics, describe};
//! use metrics_exporter_prometheus::PrometheusBuilder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let prometheus = PrometheusBuilder::new().install_recorder()?;
//! let recorder = BehaviorTrace::builder().database_url("memory:").build()?;
//! describe(); // once, after the exporter is installed
//! let metrics = RecorderMetrics::new(recorder.handle());
//!
//! // At each scrape:
//! metrics.observe();
//! let text = prometheus.render();
//! assert!(text.contains("behavior_trace_stored_total 0"));
//! # Ok(()) }
//! ```
//!
//! # Names
//!
//! | metric | kind | label | value |
//! |---|---|---|---|
//! | `behavior_trace_<name>_total` | counter | | each counter of [`Stats`](crate::health::Stats), by the name of its field |
//! | `behavior_trace_dropped_total` | counter | `reason` | lost events, by the names of [`Dropped`](crate::health::Dropped) |
//! | `behavior_trace_in_memory`, `behavior_trace_spooled` | gauge | | events on their way |
//! | `behavior_trace_oldest_spooled_seconds` | gauge | | age of the oldest event in the spool, 0 if there is none |
//! | `behavior_trace_oldest_unstored_seconds` | gauge | | age of the oldest event in memory or in the spool, 0 if there is none |
//! | `behavior_trace_health` | gauge | `status` | 1 for the present status, 0 for the others |
//!
//! The names, their labels and their meaning are stable: a later release adds some and changes none. All metrics of a
//! [named](RecorderMetrics::named) recorder have the label `recorder`. No metric has a label by action, resource or actor.
//!
//! At rest, and in one call of `observe`: `accepted + recovered = stored + spooled + dead_lettered + dropped + in_memory`.

mod names;
mod observe;

pub use names::describe;
pub use observe::RecorderMetrics;
