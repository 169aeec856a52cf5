//! How the recorder is, and what became of the events: counted, told to the error hook, reported at the end.

pub use behavior_trace_core::{CollectionCheck, CollectionError, Counter};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{
    DeliveryReport, Dropped, Health, HealthStatus, Loss, RecorderError, RecorderErrorKind, Stats,
};
pub use behavior_trace_store::PreflightError;
#[cfg(feature = "sqlite")]
pub use behavior_trace_store::{DeadLetter, DeadLetterError, dead_letters};

#[cfg(feature = "runtime")]
pub use crate::install::Verification;
