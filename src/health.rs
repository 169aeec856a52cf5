//! How the recorder is, and what became of the events: counted, told to the error hook, reported at the end.

pub use behavior_trace_core::{Collection, NotCollected, Tally};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{Dropped, Fault, FaultKind, Health, Loss, Report, Stats, Status};
pub use behavior_trace_store::NotStored;
#[cfg(feature = "sqlite")]
pub use behavior_trace_store::{DeadLetter, DeadLetterError, dead_letters};

#[cfg(feature = "runtime")]
pub use crate::install::Verification;
