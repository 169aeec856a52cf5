//! The numbers of instructions that were counted before, in a file of the project, and what may change in them.

use std::collections::BTreeMap;
use std::fmt;

/// The share by which a number may be above its gate, in percent.
const TOLERANCE: u64 = 2;
const COMPILER: &str = "compiler";

/// Instructions of each variant, and the compiler whose code was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gates {
    pub(crate) compiler: String,
    pub(crate) counts: BTreeMap<String, u64>,
}

/// Relation of a number to its gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    /// Less by more than the tolerance: the gate is to be made narrower.
    Less,
    /// More by more than the tolerance.
    More,
    /// The file has no such variant.
    New,
}

impl Gates {
    /// Reads lines of a name and a value; what follows `#` is for people.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut compiler = None;
        let mut counts = BTreeMap::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (name, value) = line.split_once(' ')?;
            if name == COMPILER {
                compiler = Some(value.trim().to_owned());
            } else {
                counts.insert(name.to_owned(), value.trim().parse().ok()?);
            }
        }
        Some(Self {
            compiler: compiler?,
            counts,
        })
    }

    pub(crate) fn verdict(&self, name: &str, counted: u64) -> Verdict {
        let Some(&gate) = self.counts.get(name) else {
            return Verdict::New;
        };
        let (hundredfold, tolerated) =
            (counted.saturating_mul(100), gate.saturating_mul(TOLERANCE));
        if hundredfold > gate.saturating_mul(100).saturating_add(tolerated) {
            Verdict::More
        } else if hundredfold < gate.saturating_mul(100).saturating_sub(tolerated) {
            Verdict::Less
        } else {
            Verdict::Holds
        }
    }
}

impl fmt::Display for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Instructions of one event, counted by callgrind. `cargo xtask instructions` fails if one is over 2 % more;"
        )?;
        writeln!(
            f,
            "# `cargo xtask instructions --bless` writes this file, and the commit says what they bought."
        )?;
        writeln!(f, "{COMPILER} {}", self.compiler)?;
        self.counts
            .iter()
            .try_for_each(|(name, count)| writeln!(f, "{name} {count}"))
    }
}

impl Verdict {
    /// Returns what is printed beside the number.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Holds => "",
            Self::Less => "less: `--bless` keeps it",
            Self::More => "MORE",
            Self::New => "NEW: `--bless` keeps it",
        }
    }

    pub(crate) const fn is_failure(self) -> bool {
        matches!(self, Self::More | Self::New)
    }
}

/// Returns the share by which a number is above another.
pub(crate) fn change(before: u64, now: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "thousands at most")]
    let (before, now) = (before as f64, now as f64);
    now / before - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates() -> Gates {
        let text = "# for people\ncompiler rustc 1.95.0\nscope 1000 # by scope\n";
        Gates::read(text).expect("good lines")
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(Gates::read(&gates().to_string()), Some(gates()));
        for bad in ["scope 1000", "compiler x\nscope many", "compiler x\nscope"] {
            assert_eq!(Gates::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn two_percent_more_are_tolerated_and_no_more() {
        for (counted, verdict) in [
            (1000, Verdict::Holds),
            (1020, Verdict::Holds),
            (1021, Verdict::More),
            (980, Verdict::Holds),
            (979, Verdict::Less),
        ] {
            assert_eq!(gates().verdict("scope", counted), verdict, "{counted}");
        }
        assert!(Verdict::More.is_failure() && !Verdict::Less.is_failure());
    }

    #[test]
    fn a_variant_without_a_gate_is_a_failure() {
        assert!(gates().verdict("spans", 1).is_failure());
    }
}
