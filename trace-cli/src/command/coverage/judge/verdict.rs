//! Whether what a function changes is recorded.

use super::calls::{Calls, DEPTH};
use crate::command::coverage::facts::{Facts, Function};

/// The verdict on a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// Nothing records it.
    Gap,
    /// It is recorded, by what this says.
    Covered(String),
    /// It is not recorded, for this reason.
    Exempt(String),
}

/// The mark that a function has itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Attribute,
    RecordMacro,
    Exempt(String),
}

/// Returns the marks of the functions, in the order of the calls' functions.
pub(super) fn own_marks(calls: &Calls<'_>) -> Vec<Option<Mark>> {
    let marks = calls
        .functions
        .iter()
        .map(|one| own_mark(one.function, &one.read.facts));
    marks.collect()
}

fn own_mark(function: &Function, facts: &Facts) -> Option<Mark> {
    let is_ours = |name: &str| name == "behavior_trace" || facts.attribute_names.contains(name);
    if let Some(attribute) = function.attributes.iter().find(|one| is_ours(&one.name)) {
        return Some(match &attribute.exempt {
            Some(reason) => Mark::Exempt(reason.clone()),
            None => Mark::Attribute,
        });
    }
    let records = |name: &String| name == "record" || facts.record_names.contains(name);
    function
        .body
        .macros
        .iter()
        .any(records)
        .then_some(Mark::RecordMacro)
}

/// Returns the verdict on a function.
pub(super) fn of(id: usize, calls: &Calls<'_>, own: &[Option<Mark>]) -> Verdict {
    let shown = |id: usize| &calls.functions[id].function.shown;
    match &own[id] {
        Some(Mark::Attribute) => return Verdict::Covered("its attribute".to_owned()),
        Some(Mark::RecordMacro) => return Verdict::Covered("`record!` in it".to_owned()),
        Some(Mark::Exempt(reason)) => return Verdict::Exempt(reason.clone()),
        None => {}
    }
    let is_recorded = |id: usize| matches!(own[id], Some(Mark::Attribute | Mark::RecordMacro));
    if let Some(below) = calls.find_below(id, DEPTH, is_recorded) {
        return Verdict::Covered(format!("its call of `{}`", shown(below)));
    }
    match from_above(id, DEPTH, calls, own) {
        Some(above) => Verdict::Covered(format!("its caller `{}`", shown(above))),
        None => Verdict::Gap,
    }
}

/// Returns a caller, if each one that is known has a mark, itself or by its own callers.
fn from_above(id: usize, steps: usize, calls: &Calls<'_>, own: &[Option<Mark>]) -> Option<usize> {
    if steps == 0 {
        return None;
    }
    let callers = calls.above(id).iter();
    let marked: Option<Vec<usize>> = callers
        .map(|caller| match own[*caller] {
            Some(_) => Some(*caller),
            None => from_above(*caller, steps - 1, calls, own),
        })
        .collect();
    marked?.first().copied()
}
