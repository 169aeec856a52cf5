//! Health of the recorder and the fate of its events: counters, errors for the error hook, and the final report.
//!
#![cfg_attr(
    feature = "runtime",
    doc = r#"
[`Stats::each`] passes all numbers to a metrics library, with stable names:

```
use behavior_trace::BehaviorTrace;
use behavior_trace::health::MetricKind;

# fn main() -> Result<(), Box<dyn std::error::Error>> {
let recorder = BehaviorTrace::builder().database_url("memory:").build()?;
let mut counters = Vec::new();
recorder.stats().each(|name, reason, kind, value| {
    if kind == MetricKind::Counter {
        counters.push((name, reason, value));
    }
});
assert!(counters.contains(&("stored", None, 0)));
# Ok(()) }
```
"#
)]

pub use behavior_trace_core::{CollectionCheck, CollectionError, Counter};
#[cfg(feature = "layer")]
pub use behavior_trace_layer::InstallError;
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{
    DeliveryReport, Dropped, Health, HealthReason, HealthStatus, Loss, MetricKind, RecorderError,
    RecorderErrorKind, Stats,
};
pub use behavior_trace_store::PreflightError;
#[cfg(feature = "sqlite")]
pub use behavior_trace_store::{DeadLetter, dead_letters};

#[cfg(all(feature = "axum", feature = "runtime"))]
pub use crate::health_route::{health_route, strict_health_route};
#[cfg(feature = "runtime")]
pub use crate::install::Verification;
