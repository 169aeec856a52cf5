//! Lines of a table: the figure to measure, and its target.

use std::fmt;

use crate::error::BenchError;
use crate::rounds::{Better, Samples};

/// A line of the table before its measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) id: &'static str,
    /// The variant and its figure.
    pub(crate) of: (&'static str, &'static str),
    pub(crate) unit: Unit,
    /// The reference: the same figure of another variant, or another figure.
    pub(crate) beside: Option<(&'static str, &'static str)>,
    pub(crate) by: By,
    pub(crate) target: Option<Target>,
}

/// The rounds from which a ratio is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The best round of each: for figures where noise only adds.
    Best,
    /// The median of the ratios of single rounds: where a disk or a server decides, one lucky round of the reference is no
    /// measure.
    Round,
}

/// The target, of the ratio if there is one, else of the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// The unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Allocations,
    Calls,
    Bytes,
    Microseconds,
    Milliseconds,
    RowsPerSecond,
    Mebibytes,
    Rows,
    Ids,
    /// Of one core.
    Percent,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Allocations => "allocations",
            Self::Calls => "calls",
            Self::Bytes => "B",
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::RowsPerSecond => "rows/s",
            Self::Mebibytes => "MiB",
            Self::Rows => "rows",
            Self::Ids => "ids",
            Self::Percent => "% of a core",
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
    /// Creates a line without a target.
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

    /// Sets a reference like [`beside`](Self::beside), but for each round.
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

    /// Returns the name of the reference and the ratio to it.
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
