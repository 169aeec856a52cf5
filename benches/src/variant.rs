//! Variants to compare.

use crate::cost::{Figure, Measure};
#[cfg(feature = "all")]
use crate::peers;
use crate::{floor, ours};

/// A variant: one way to record an event.
pub struct Variant {
    /// The name on the command line.
    pub name: &'static str,
    run: fn(Measure) -> Vec<Figure>,
}

impl Variant {
    /// All variants.
    pub const ALL: &[Self] = &[
        #[cfg(feature = "all")]
        Self::new("json", peers::json),
        #[cfg(feature = "all")]
        Self::new("json_value", peers::json_value),
        #[cfg(feature = "all")]
        Self::new("otel", peers::opentelemetry),
        #[cfg(feature = "all")]
        Self::new("fastrace", peers::fastrace),
        Self::new("floor", floor::floor),
        Self::new("scope", ours::scope),
        Self::new("scope_heap", ours::scope_heap),
        Self::new("scope_disk", ours::scope_disk),
        Self::new("scope_tmpfs", ours::scope_tmpfs),
        Self::new("spans", ours::spans),
        Self::new("scope_async", ours::scope_async),
        Self::new("scope_value", ours::scope_value),
        Self::new("spans_value", ours::spans_value),
        Self::new("scope_record", ours::scope_record),
        Self::new("written", ours::written),
        Self::new("mirror", ours::mirror),
        Self::new("full", ours::full),
        Self::new("bare", ours::bare),
        Self::new("absent", ours::absent),
        Self::new("foreign", ours::foreign),
        #[cfg(feature = "all")]
        Self::new("span_alone", peers::span_alone),
        #[cfg(feature = "all")]
        Self::new("span_json", peers::span_json),
        Self::new("span", ours::span),
    ];

    const fn new(name: &'static str, run: fn(Measure) -> Vec<Figure>) -> Self {
        Self { name, run }
    }

    /// Returns the variant of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|variant| variant.name == name)
    }

    /// Runs the variant. Call it once in a process, since it installs a global subscriber.
    pub fn run(&self, measure: Measure) -> Vec<Figure> {
        (self.run)(measure)
    }
}
