//! Generations of tables from which rows are imported.

use std::fmt;

/// Recorder that wrote a table, by the form of its rows. It serializes as its [`name`](Self::name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// First generation of the PHP package: `operational_activity` with `resource`, `resource_id` and a nullable `payload`.
    G1,
    /// Second generation of the PHP package: `operational_activity` with `entity_type`, `entity_id` and `metadata`.
    G2,
    /// Third generation of the PHP package: `maa_event_logging_behavior_trace`. It wrote the local time of its clock.
    G3,
    /// `activity_log` of `spatie/laravel-activitylog` up to version 4, with changes in `properties`.
    SpatieV4,
    /// `activity_log` of `spatie/laravel-activitylog` from version 5 on, with changes in `attribute_changes`.
    SpatieV5,
}

impl Generation {
    /// All generations.
    pub const ALL: [Self; 5] = [Self::G1, Self::G2, Self::G3, Self::SpatieV4, Self::SpatieV5];

    /// Returns the stable name, such as `g3` or `spatie-v4`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::G1 => "g1",
            Self::G2 => "g2",
            Self::G3 => "g3",
            Self::SpatieV4 => "spatie-v4",
            Self::SpatieV5 => "spatie-v5",
        }
    }

    /// Returns the generation's own name of its table.
    pub const fn table(self) -> &'static str {
        match self {
            Self::G1 | Self::G2 => "operational_activity",
            Self::G3 => "maa_event_logging_behavior_trace",
            Self::SpatieV4 | Self::SpatieV5 => "activity_log",
        }
    }

    /// Returns whether the generation wrote the local time of a zone that the table does not name.
    pub const fn writes_local_time(self) -> bool {
        matches!(self, Self::G3 | Self::SpatieV4 | Self::SpatieV5)
    }

    /// Returns the columns that the table needs.
    pub(super) const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::G1 => &super::old_row::G1,
            Self::G2 | Self::G3 => &super::old_row::ENTITY,
            Self::SpatieV4 => &super::old_row::SPATIE_V4,
            Self::SpatieV5 => &super::old_row::SPATIE_V5,
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Generation {
    type Err = super::ImportError;

    /// Parses a [`name`](Self::name).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or_else(|| super::error::Kind::UnknownGeneration(text.to_owned()).into())
    }
}

impl serde::Serialize for Generation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
