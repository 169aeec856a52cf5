//! The kill switch.

use std::fmt;

/// Cause of a switched-off recorder. Its `Display` names the cause and the remedy.
///
/// ```
/// use behavior_trace::config::{Config, Disabled, Pipeline};
///
/// let mut config = Config::default();
/// config.enabled = false;
/// let recorder = Pipeline::start(config)?;
/// assert_eq!(recorder.disabled(), Some(Disabled::Code));
/// # Ok::<(), behavior_trace::config::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disabled {
    /// `BEHAVIOR_TRACE_ENABLED=false`, which overrides the code.
    Environment,
    /// [`Config::enabled`](super::Config::enabled).
    Code,
}

impl fmt::Display for Disabled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => {
                "the recorder is switched off by BEHAVIOR_TRACE_ENABLED=false; unset it and start the application again"
            }
            Self::Code => {
                "the recorder is switched off in code by `enabled(false)`; call `.enabled(true)` to record"
            }
        })
    }
}
