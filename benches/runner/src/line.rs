//! A row of a table before it is measured: what is asked, and what is hoped for.

use std::fmt;

use crate::error::BenchError;
use crate::rounds::{Better, Samples};

/// A row of the table, before it is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) id: &'static str,
    /// Which figure of which variant.
    pub(crate) of: (&'static str, &'static str),
    pub(crate) unit: Unit,
    /// What it is compared with: the same figure of another variant, or another figure.
    pub(crate) beside: Option<(&'static str, &'static str)>,
    pub(crate) by: By,
    pub(crate) target: Option<Target>,
}

/// Of which rounds a ratio is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Of the best ones, wherever noise only adds.
    Best,
    /// The middle one of each round's own: where a disk or a server decides, a lucky moment of the other's is no measure.
    Round,
}

/// What is hoped for: of the ratio where there is one, else of the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// What a value is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Allocations,
    Bytes,
    Microseconds,
    Milliseconds,
    RowsPerSecond,
    Mebibytes,
    Rows,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Allocations => "allocations",
            Self::Bytes => "B",
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::RowsPerSecond => "rows/s",
            Self::Mebibytes => "MiB",
            Self::Rows => "rows",
        }
    }

    const fn better(self) -> Better {
        match self {
            Self::RowsPerSecond => Better::More,
            _ => Better::Less,
        }
    }
}

impl Line {
    /// A line that is only told.
    pub(crate) const fn new(
        id: &'static str,
        of: (&'static str, &'static str),
        unit: Unit,
    ) -> Self {
        Self {
            id,
            of,
            unit,
            beside: None,
            by: By::Best,
            target: None,
        }
    }

    pub(crate) const fn beside(mut self, variant: &'static str, figure: &'static str) -> Self {
        self.beside = Some((variant, figure));
        self
    }

    /// As [`beside`](Self::beside), but round by round.
    pub(crate) const fn beside_in_each_round(
        mut self,
        variant: &'static str,
        figure: &'static str,
    ) -> Self {
        self.by = By::Round;
        self.beside(variant, figure)
    }

    pub(crate) const fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    pub(crate) fn best(&self, of: (&str, &str), samples: &Samples) -> Result<f64, BenchError> {
        let (variant, figure) = of;
        let best = samples.best(variant, figure, self.unit.better());
        best.ok_or_else(|| {
            BenchError::run(
                variant,
                format!("printed no `{figure}`, which `{}` needs", self.id),
            )
        })
    }

    /// What it is compared with, by name, and how it compares.
    pub(crate) fn ratio(
        &self,
        best: f64,
        to: (&str, &str),
        samples: &Samples,
    ) -> Result<(String, f64), BenchError> {
        let other = self.best(to, samples)?;
        let ratio = match self.by {
            By::Best => best / other,
            By::Round => samples.median_ratio(self.of, to).unwrap_or(f64::NAN),
        };
        let name = if to.1 == self.of.1 {
            to.0.to_owned()
        } else {
            format!("{}.{}", to.0, to.1)
        };
        Ok((name, ratio))
    }
}

impl By {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Best => "the best rounds",
            Self::Round => "each round, the middle one",
        }
    }
}

impl Target {
    pub(crate) const fn bound(self) -> f64 {
        match self {
            Self::AtMost(bound) | Self::AtLeast(bound) => bound,
        }
    }

    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
        }
    }
}
