//! The result of the check at start.

use std::fmt;

use behavior_trace_core::CollectionCheck;
use behavior_trace_layer::LevelFilter;
use behavior_trace_runtime::Disabled;
use behavior_trace_store::PreflightError;

/// Result of [`BehaviorTrace::verify`](super::BehaviorTrace::verify): collection and storage of activity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says whether anything will be recorded"]
#[non_exhaustive]
pub struct Verification {
    /// Kinds of activity that the current subscriber lets through.
    pub collection: CollectionCheck,
    /// Result of the probe row in the database.
    pub storage: Result<(), PreflightError>,
    /// Cause of a switched-off recorder; `None` if it is on.
    pub disabled: Option<Disabled>,
    /// Warning about an unsafe spool: it is in memory, or on a network file system such as NFS, EFS or CIFS, where SQLite's
    /// write-ahead log is not safe. `None` if there is no such risk, or no spool.
    pub spool_warning: Option<String>,
    /// Number of events so far without an actor, neither of their own nor from their surroundings. At the start of a service
    /// it is 0. Later it shows authentication outside any context; see
    /// [`Stats::without_actor`](crate::health::Stats::without_actor).
    pub without_actor: u64,
}

impl Verification {
    pub(super) const fn new(
        collection: CollectionCheck,
        storage: Result<(), PreflightError>,
        disabled: Option<Disabled>,
        spool_warning: Option<String>,
        without_actor: u64,
    ) -> Self {
        Self {
            collection,
            storage,
            disabled,
            spool_warning,
            without_actor,
        }
    }

    /// Returns the levels at which hand-written events and span fields are not collected. They are more verbose than the layer
    /// or the subscriber asks for.
    fn below_max_level(&self) -> Option<&'static str> {
        match self.collection.max_level? {
            LevelFilter::TRACE => None,
            LevelFilter::DEBUG => Some("TRACE"),
            _ => Some("DEBUG and TRACE"),
        }
    }

    /// Returns whether annotated calls are recorded and would be stored. Filters that hide hand-written events or spans do not
    /// affect them; `Display` lists such filters.
    pub const fn is_ok(&self) -> bool {
        self.collection.annotated.is_ok() && self.storage.is_ok()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(by) = self.disabled {
            return by.fmt(f);
        }
        match &self.collection.annotated {
            Ok(()) => f.write_str("activity is collected")?,
            Err(error) => write!(f, "activity is not collected: {error}")?,
        }
        match &self.storage {
            Ok(()) => f.write_str("; the database takes it")?,
            Err(error) => write!(f, "; the database does not take it now: {error}")?,
        }
        if let Some(warning) = &self.spool_warning {
            write!(f, "; {warning}")?;
        }
        if self.without_actor > 0 {
            write!(f, "; {} events so far named no actor", self.without_actor)?;
        }
        if self.collection.annotated.is_ok() && !self.collection.hand_written {
            f.write_str("; a filter hides hand-written events at INFO")?;
        }
        if self.collection.annotated.is_ok() && !self.collection.spans {
            f.write_str("; a filter hides the fields of spans at INFO")?;
        }
        if self.collection.annotated.is_ok()
            && let Some(below) = self.below_max_level()
        {
            write!(
                f,
                "; hand-written events and the fields of spans at {below} are not asked for (`max_level`)"
            )?;
        }
        Ok(())
    }
}
