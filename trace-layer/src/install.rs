//! Installation of the layer for the whole process, where the application has no other subscriber.

use std::fmt;

use behavior_trace_core::LayerHandle;
use tracing_core::{Dispatch, dispatcher};

use crate::layer::BehaviorTraceLayer;

/// The error of an installation where the process already has a global subscriber, which stays as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InstallError {
    is_recording: bool,
}

impl InstallError {
    /// Returns whether the subscriber in place has a layer of a recorder, so that calls are recorded.
    pub const fn is_recording(self) -> bool {
        self.is_recording
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_recording {
            "a global subscriber with a behavior_trace layer is installed already; it stays as it is"
        } else {
            "a global subscriber without a behavior_trace layer is installed already, so calls are not recorded; where it \
             is made, add `.with(recorder.layer())`, in place of installing the recorder alone"
        })
    }
}

impl fmt::Debug for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InstallError {}

impl BehaviorTraceLayer {
    /// Installs a subscriber with this layer alone, for the whole process. It touches no logger of the crate `log`.
    ///
    /// # Errors
    ///
    /// Returns [`InstallError`] if the process already has a global subscriber. Nothing is changed then.
    pub fn install(self) -> Result<(), InstallError> {
        dispatcher::set_global_default(Dispatch::from(self)).map_err(|_| InstallError {
            is_recording: dispatcher::get_default(|current| LayerHandle::of(current).is_some()),
        })
    }
}
