//! The settings of a timeline.

use std::fmt;
use std::sync::Arc;

use behavior_trace_store::Reader;

use crate::column::HiddenColumns;
use crate::host_link::HostLinks;
use crate::names::NameFunction;
use crate::texts::Texts;

/// The settings that all requests share.
#[derive(Clone)]
pub(crate) struct TimelineSettings {
    pub(crate) reader: Reader,
    pub(crate) hidden: HiddenColumns,
    pub(crate) texts: Arc<Texts>,
    pub(crate) links: Option<HostLinks>,
    pub(crate) names: Option<NameFunction>,
    /// The application's own page above, with its name.
    pub(crate) home: Option<(String, String)>,
}

impl fmt::Debug for TimelineSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}
