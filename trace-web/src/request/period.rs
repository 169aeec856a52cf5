//! Periods that end now.

use behavior_trace_core::Timestamp;

use crate::texts::{self, PageText};

/// A period that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    Year,
}

const MICROS_PER_DAY: i64 = 86_400 * 1_000_000;

impl Period {
    pub(crate) const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// Returns the name in the address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Year => "365d",
        }
    }

    pub(crate) const fn label(self) -> PageText {
        match self {
            Self::Day => texts::LAST_DAY,
            Self::Week => texts::LAST_WEEK,
            Self::Month => texts::LAST_MONTH,
            Self::Year => texts::LAST_YEAR,
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// Returns the begin of the period that ends at `now`.
    pub(crate) const fn start(self, now: Timestamp) -> Timestamp {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Year => 365,
        };
        Timestamp::from_micros(now.as_micros().saturating_sub(days * MICROS_PER_DAY))
    }
}
