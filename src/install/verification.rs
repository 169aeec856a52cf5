//! What was found out at start.

use std::fmt;

use behavior_trace_core::CollectionCheck;
use behavior_trace_layer::LevelFilter;
use behavior_trace_runtime::Disabled;
use behavior_trace_store::PreflightError;

/// Whether activity is collected and would be stored; made by [`BehaviorTrace::verify`](super::BehaviorTrace::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says whether anything will be recorded"]
#[non_exhaustive]
pub struct Verification {
    /// What the current subscriber lets through.
    pub collection: CollectionCheck,
    /// Whether the database took a row.
    pub storage: Result<(), PreflightError>,
    /// Holds the cause for which the recorder is switched off. `None`: it is on.
    pub disabled: Option<Disabled>,
    /// Why what is spooled is not safe where it is: in memory, or on a network file system such as NFS, EFS or CIFS, where
    /// SQLite's write-ahead log is not safe. `None` where there is nothing to say, or nothing is spooled.
    pub spool_warning: Option<String>,
    /// Counts the events so far that named no actor, nor did anything around them. At the start of a service 0; later it shows
    /// authentication that no context hears of, see [`Stats::without_actor`](crate::health::Stats::without_actor).
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

    /// The levels at which hand-written events and the fields of spans are not collected, as they are more verbose than what
    /// the layer or the subscriber asks for.
    fn below_max_level(&self) -> Option<&'static str> {
        match self.collection.max_level? {
            LevelFilter::TRACE => None,
            LevelFilter::DEBUG => Some("TRACE"),
            _ => Some("DEBUG and TRACE"),
        }
    }

    /// Whether annotated calls are recorded and would be stored. Filters that hide hand-written events or spans are told
    /// by `Display`, and do not matter to them.
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
