//! The report: rows on standard output, numbers on standard error, and the exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::baseline::{Baseline, Gap};
use super::facts::Facts;
use super::judge::{self, Candidate, Read, Verdict};
use super::row::{Row, Word};
use crate::failure::Failure;
use crate::session::CommandSession;
use crate::words::counted;

/// Findings, with those that are known.
pub(super) struct CoverageReport<'f> {
    candidates: &'f [Candidate<'f>],
    /// The gap of each candidate that is one.
    gaps: Vec<Option<Gap>>,
    packages: &'f [Read],
    baseline: Option<Baseline>,
}

impl<'f> CoverageReport<'f> {
    pub(super) fn new(
        candidates: &'f [Candidate<'f>],
        packages: &'f [Read],
        baseline: Option<Baseline>,
    ) -> Self {
        Self {
            candidates,
            gaps: gaps(candidates),
            packages,
            baseline,
        }
    }

    pub(super) fn print(
        &self,
        session: &mut CommandSession,
        root: &Path,
        is_all: bool,
    ) -> Result<(), Failure> {
        let shown = |file: &Path| {
            file.strip_prefix(root)
                .unwrap_or(file)
                .display()
                .to_string()
        };
        let mut list = session.output.list(&session.clock);
        for (candidate, gap) in self.candidates.iter().zip(&self.gaps) {
            let row = self.row(candidate, gap.as_ref(), &shown);
            if is_all || row.verdict == Word::Gap {
                list.item(&row)?;
            }
        }
        let mut unseen: Vec<_> = judge::unseen(self.packages).collect();
        unseen.sort_by_key(|(_, unseen)| (&unseen.file, unseen.line));
        for (package, unseen) in unseen {
            list.item(&Row {
                file: shown(&unseen.file),
                line: unseen.line,
                package: package.to_owned(),
                module: None,
                function: None,
                why: vec![unseen.reason.clone()],
                verdict: Word::NotLookedInto,
                by: None,
            })?;
        }
        Ok(list.end(None)?)
    }

    fn row(
        &self,
        candidate: &Candidate<'_>,
        gap: Option<&Gap>,
        shown: &impl Fn(&Path) -> String,
    ) -> Row {
        let function = candidate.function;
        let (verdict, by) = match &candidate.verdict {
            Verdict::Gap if gap.is_some_and(|gap| self.is_known(gap)) => (Word::Known, None),
            Verdict::Gap => (Word::Gap, None),
            Verdict::Covered(by) => (Word::Covered, Some(by.clone())),
            Verdict::Exempt(reason) => (Word::Exempt, Some(reason.clone())),
        };
        Row {
            file: shown(&function.file),
            line: function.line,
            package: candidate.package.to_owned(),
            module: Some(function.module.clone()),
            function: Some(function.shown.clone()),
            why: candidate.why.clone(),
            verdict,
            by,
        }
    }

    fn is_known(&self, gap: &Gap) -> bool {
        self.baseline
            .as_ref()
            .is_some_and(|baseline| baseline.gaps.contains(gap))
    }

    /// Prints the numbers, and ends with the exit code for what was found.
    pub(super) fn end(&self, session: &CommandSession, writes: bool) -> Result<(), Failure> {
        let gaps: BTreeSet<Gap> = self.gaps.iter().flatten().cloned().collect();
        session.note(&self.summary());
        // In a package with a file that could not be read, a gap that was not found is not known to be settled.
        let is_whole = |read: &&Read| read.is_wanted && read.facts.unread_files == 0;
        let wanted = self.packages.iter().filter(is_whole);
        let wanted: BTreeSet<&str> = wanted.map(|read| read.package.as_str()).collect();
        if let Some(baseline) = &self.baseline {
            if writes {
                let number = counted(gaps.len() as u64, "gap");
                baseline.write(gaps, &wanted)?;
                session.note(&format!("{number} written to the baseline"));
                return Ok(());
            }
            match baseline.outdated(&gaps, &wanted) {
                0 => {}
                number => session.note(&format!(
                    "{} of the baseline {} none any more; --write-baseline removes what is settled",
                    counted(number as u64, "gap"),
                    if number == 1 { "is" } else { "are" }
                )),
            }
        }
        let new = gaps.iter().filter(|gap| !self.is_known(gap)).count();
        if new == 0 {
            return Ok(());
        }
        let kind = if self.baseline.is_some() {
            "new gap"
        } else {
            "gap"
        };
        Err(Failure::found(format!(
            "{}: annotate the function, or give `#[behavior_trace(exempt = \"why\")]`",
            counted(new as u64, kind)
        )))
    }

    fn summary(&self) -> String {
        let wanted: Vec<&Read> = self.packages.iter().filter(|read| read.is_wanted).collect();
        let sum = |number: fn(&Facts) -> usize| {
            wanted.iter().map(|read| number(&read.facts) as u64).sum()
        };
        let mut words: BTreeMap<&str, u64> = BTreeMap::new();
        for candidate in self.candidates {
            let word = match candidate.verdict {
                Verdict::Gap => "gap",
                Verdict::Covered(_) => "covered",
                Verdict::Exempt(_) => "exempt",
            };
            *words.entry(word).or_default() += 1;
        }
        let number = |word: &str| words.get(word).copied().unwrap_or(0);
        format!(
            "{} in {} of {}: {}, of which {} covered, {} exempt, {}; {} not looked into",
            counted(sum(|facts| facts.functions.len()), "function"),
            counted(sum(|facts| facts.files), "file"),
            counted(wanted.len() as u64, "package"),
            counted(self.candidates.len() as u64, "candidate"),
            number("covered"),
            number("exempt"),
            counted(number("gap"), "gap"),
            counted(sum(|facts| facts.unseen.len()), "place"),
        )
    }
}

/// Returns the gap of each candidate that is one. Of several by one name, such as methods of one trait for several types of its
/// argument, each but the first has its number.
fn gaps(candidates: &[Candidate<'_>]) -> Vec<Option<Gap>> {
    let mut counts: BTreeMap<Gap, u32> = BTreeMap::new();
    let mut numbered = |candidate: &Candidate<'_>| {
        let function = candidate.function;
        let mut gap = Gap {
            package: candidate.package.to_owned(),
            module: function.module.clone(),
            function: function.shown.clone(),
        };
        let count = counts.entry(gap.clone()).or_default();
        *count += 1;
        if *count > 1 {
            gap.function = format!("{} ({count})", function.shown);
        }
        gap
    };
    let gaps = candidates.iter().map(|candidate| {
        let is_gap = candidate.verdict == Verdict::Gap;
        is_gap.then(|| numbered(candidate))
    });
    gaps.collect()
}
