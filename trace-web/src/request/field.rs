//! The fields of a filter.

use crate::column::Column;
use crate::texts::{self, PageText};

/// A field of the filter, and its name in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FilterField {
    Actor,
    Action,
    Resource,
    Time,
    Since,
    Before,
    Correlation,
    Request,
    Route,
    Address,
    Key,
    Impersonator,
}

impl FilterField {
    pub(crate) const ALL: [Self; 12] = [
        Self::Actor,
        Self::Action,
        Self::Resource,
        Self::Time,
        Self::Since,
        Self::Before,
        Self::Correlation,
        Self::Request,
        Self::Route,
        Self::Address,
        Self::Key,
        Self::Impersonator,
    ];

    /// Fields that are behind "More filters".
    pub(crate) const FURTHER: [Self; 8] = [
        Self::Since,
        Self::Before,
        Self::Correlation,
        Self::Request,
        Self::Route,
        Self::Address,
        Self::Key,
        Self::Impersonator,
    ];

    /// Returns the name in the address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Action => "action",
            Self::Resource => "resource",
            Self::Time => "time",
            Self::Since => "since",
            Self::Before => "before",
            Self::Correlation => "correlation",
            Self::Request => "request",
            Self::Route => "route",
            Self::Address => "address",
            Self::Key => "key",
            Self::Impersonator => "impersonator",
        }
    }

    /// Returns the name for people.
    pub(crate) const fn label(self) -> PageText {
        match self {
            Self::Actor => texts::ACTOR,
            Self::Action => texts::ACTION,
            Self::Resource => texts::RESOURCE,
            Self::Time => texts::TIME,
            Self::Since => texts::SINCE,
            Self::Before => texts::BEFORE,
            Self::Correlation => texts::CORRELATION,
            Self::Request => texts::REQUEST,
            Self::Route => texts::ROUTE,
            Self::Address => texts::ADDRESS,
            Self::Key => texts::KEY,
            Self::Impersonator => texts::IMPERSONATOR,
        }
    }

    /// Returns an example that the empty field shows.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Actor | Self::Impersonator => "admin:1",
            Self::Action => "order.*",
            Self::Resource => "User:7",
            Self::Since | Self::Before => "2026-11-29T13:42",
            Self::Route => "/users/{id}",
            Self::Address => "203.0.113.24",
            Self::Key => "reason",
            Self::Time | Self::Correlation | Self::Request => "",
        }
    }

    /// Returns the column whose values the field would show by its answers.
    pub(crate) const fn column(self) -> Option<Column> {
        match self {
            Self::Correlation => Some(Column::CorrelationId),
            Self::Request => Some(Column::RequestId),
            Self::Route => Some(Column::RouteName),
            Self::Address => Some(Column::IpAddress),
            Self::Key | Self::Impersonator => Some(Column::Payload),
            _ => None,
        }
    }
}
