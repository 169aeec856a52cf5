//! Decisions: which functions probably change something, and whether it is recorded. Nothing here reads a file.

mod calls;
mod naming;
mod signals;
mod verdict;

use std::collections::BTreeSet;

use super::facts::{Facts, Function, Unseen};
use calls::Calls;
pub(super) use verdict::Verdict;

/// A function that probably changes something.
#[derive(Debug)]
pub(super) struct Candidate<'f> {
    pub(super) package: &'f str,
    pub(super) function: &'f Function,
    /// What hints at a change, the strongest first.
    pub(super) why: Vec<String>,
    pub(super) verdict: Verdict,
}

/// Facts of a package.
pub(super) struct Read {
    pub(super) package: String,
    pub(super) facts: Facts,
    /// Names of the packages that it uses, and its own.
    pub(super) reached: BTreeSet<String>,
    /// It is asked for, and not only near one that is.
    pub(super) is_wanted: bool,
}

/// Judges the functions of the packages that are wanted, by file and line.
pub(super) fn judge<'f>(
    packages: &'f [Read],
    exempt: impl Fn(&Function) -> Option<String>,
) -> Vec<Candidate<'f>> {
    let calls = Calls::new(packages);
    let signals = signals::of_all(packages, &calls);
    let own = verdict::own_marks(&calls);
    let mut candidates: Vec<Candidate<'f>> = calls
        .functions
        .iter()
        .enumerate()
        .filter(|(_, one)| one.read.is_wanted)
        .filter_map(|(id, one)| {
            let why = signals[id].reasons()?;
            let verdict = match exempt(one.function) {
                Some(reason) if own[id].is_none() => Verdict::Exempt(reason),
                _ => verdict::of(id, &calls, &own),
            };
            Some(Candidate {
                package: &one.read.package,
                function: one.function,
                why,
                verdict,
            })
        })
        .collect();
    candidates.sort_by_key(|candidate| (&candidate.function.file, candidate.function.line));
    candidates
}

/// Returns the places of the wanted packages that were not looked into.
pub(super) fn unseen(packages: &[Read]) -> impl Iterator<Item = (&str, &Unseen)> {
    let wanted = packages.iter().filter(|read| read.is_wanted);
    wanted.flat_map(|read| {
        read.facts
            .unseen
            .iter()
            .map(|unseen| (read.package.as_str(), unseen))
    })
}
