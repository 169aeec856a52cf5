//! How the recorder is, and what became of the events: counted, told to the error hook, reported at the end.

pub use behavior_trace_core::{Collection, NotCollected, Tally};
#[cfg(feature = "sqlite")]
pub use behavior_trace_runtime::{DeadLetter, DeadLetterError, dead_letters};
pub use behavior_trace_runtime::{
    Dropped, Fault, FaultKind, Health, Loss, NotStored, Report, Stats, Status,
};

pub use crate::install::Verification;
