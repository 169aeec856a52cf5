//! Hints that a function changes something, and their weights.

use super::calls::{Calls, DEPTH};
use super::naming::{self, Naming};
use super::{Function, Read};
use crate::command::coverage::facts::Doing;

/// The weight from which a function is a candidate.
const ENOUGH: u32 = 3;
/// Alone enough.
const STRONG: u32 = 3;
/// Enough with any other.
const MEDIUM: u32 = 2;
/// Enough beside a verb.
const WEAK: u32 = 1;

/// Ends of the names of types whose verbs change no record.
const NO_RECORDS: [&str; 22] = [
    "Buffer",
    "Builder",
    "Cache",
    "Channel",
    "Client",
    "Collector",
    "Config",
    "Counter",
    "Formatter",
    "Guard",
    "Index",
    "List",
    "Map",
    "Metrics",
    "Options",
    "Parser",
    "Pool",
    "Queue",
    "Registry",
    "Router",
    "Set",
    "Writer",
];

/// The hints of a function.
#[derive(Debug, Default)]
pub(super) struct Signals {
    hints: Vec<(u32, String)>,
    is_elsewhere: bool,
}

impl Signals {
    fn add(&mut self, weight: u32, text: impl Into<String>) {
        self.hints.push((weight, text.into()));
    }

    fn weight(&self) -> u32 {
        self.hints.iter().map(|(weight, _)| weight).sum()
    }

    /// Returns the hints if they are enough.
    pub(super) fn reasons(&self) -> Option<Vec<String>> {
        if self.is_elsewhere || self.weight() < ENOUGH {
            return None;
        }
        let mut hints = self.hints.clone();
        hints.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Some(hints.into_iter().map(|(_, text)| text).collect())
    }
}

/// Returns the hints of each function, in the order of the calls' functions.
pub(super) fn of_all(packages: &[Read], calls: &Calls<'_>) -> Vec<Signals> {
    let mut all: Vec<Signals> = calls
        .functions
        .iter()
        .map(|one| of_one(one.function, one.read))
        .collect();
    for id in calls.routed(packages) {
        let one = &mut all[id];
        if calls.functions[id].function.route.is_none()
            && naming::read(&calls.functions[id].function.name) != Naming::Reads
        {
            one.add(STRONG, "handler of a route that changes");
        }
    }
    for (id, one) in all.iter_mut().enumerate() {
        if is_changing(calls.functions[id].function) {
            through_helpers(id, calls, one);
        }
    }
    all
}

fn of_one(function: &Function, read: &Read) -> Signals {
    let mut signals = Signals::default();
    let naming = naming::read(&function.name);
    let body = &function.body;
    signals.is_elsewhere = naming == Naming::Elsewhere;
    if let Some(words) = &body.sql_write {
        signals.add(STRONG, format!("SQL `{words}`"));
    } else if let Some(name) = body
        .constants
        .iter()
        .find(|name| read.facts.sql_constants.contains(*name))
    {
        signals.add(STRONG, format!("SQL of `{name}`"));
    } else if body.does.contains(&Doing::Executes) && !body.does.contains(&Doing::OtherSql) {
        signals.add(STRONG, "`.execute(…)` on a connection");
    }
    if let Some(call) = &body.orm_write {
        signals.add(STRONG, format!("`{call}`"));
    }
    if let Some(method) = &function.route
        && naming != Naming::Reads
    {
        signals.add(
            STRONG,
            format!("handler of a {} route", method.to_ascii_uppercase()),
        );
    }
    if has_no_records(function) {
        return signals;
    }
    if let Some(of) = &function.mut_connection {
        signals.add(MEDIUM, format!("`&mut {of}`"));
    }
    if let Naming::Changes(verb) = &naming {
        signals.add(MEDIUM, format!("verb `{verb}`"));
        beside_a_verb(function, &mut signals);
    }
    signals
}

/// Adds what means a change beside a verb alone.
fn beside_a_verb(function: &Function, signals: &mut Signals) {
    let body = &function.body;
    if let Some(of) = &function.store_argument {
        signals.add(WEAK, format!("argument of `{of}`"));
    }
    if let Some(field) = &body.store_field {
        signals.add(WEAK, format!("`self.{field}`"));
    }
    if body.does.contains(&Doing::Locks) {
        signals.add(WEAK, "shared state");
    }
    if let Some(call) = &body.file_write {
        signals.add(MEDIUM, format!("`{call}`"));
    }
    if function.is_async
        && body.does.contains(&Doing::Awaits)
        && (function.has_receiver || function.parameters > 0)
    {
        signals.add(WEAK, "async");
    }
}

fn has_no_records(function: &Function) -> bool {
    let owner = function.owner.as_deref().unwrap_or("");
    NO_RECORDS.iter().any(|end| owner.ends_with(end))
}

/// Returns whether the name has a verb that changes, of a type that may have records.
fn is_changing(function: &Function) -> bool {
    !has_no_records(function) && matches!(naming::read(&function.name), Naming::Changes(_))
}

/// Adds what helpers of a function with a verb do.
fn through_helpers(id: usize, calls: &Calls<'_>, signals: &mut Signals) {
    let body = |id: usize| &calls.functions[id].function.body;
    let shown = |id: usize| &calls.functions[id].function.shown;
    let writes = |id: usize| {
        let body = body(id);
        body.file_write.is_some() || body.sql_write.is_some() || body.orm_write.is_some()
    };
    if !writes(id)
        && let Some(helper) = calls.find_below(id, DEPTH, writes)
    {
        signals.add(MEDIUM, format!("what `{}` writes", shown(helper)));
    }
    let locks = |helper: usize| {
        let (own, helper) = (
            calls.functions[id].function,
            calls.functions[helper].function,
        );
        helper.body.does.contains(&Doing::Locks)
            && helper.owner.is_some()
            && helper.owner == own.owner
    };
    if !body(id).does.contains(&Doing::Locks)
        && let Some(helper) = calls.find_below(id, 1, locks)
    {
        signals.add(WEAK, format!("shared state by `{}`", shown(helper)));
    }
}
