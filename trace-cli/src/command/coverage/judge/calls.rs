//! Who calls whom, by names: types are not known, so a call may have several functions, or none.

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use crate::command::coverage::facts::{Call, Form, Function, Named};

/// Steps from a function to one that records for it.
pub(super) const DEPTH: usize = 3;

/// Methods of collections. Where they are not awaited, they are functions of the same name only if the receiver is named like
/// their type.
const OF_COLLECTIONS: [&str; 10] = [
    "append", "clear", "extend", "get", "insert", "pop", "push", "remove", "replace", "take",
];

/// A function and its package.
pub(super) struct One<'f> {
    pub(super) function: &'f Function,
    pub(super) read: &'f Read,
}

/// The functions of all packages, with the calls between them.
pub(super) struct Calls<'f> {
    pub(super) functions: Vec<One<'f>>,
    by_name: BTreeMap<&'f str, Vec<usize>>,
    below: Vec<Vec<usize>>,
    above: Vec<Vec<usize>>,
}

impl<'f> Calls<'f> {
    pub(super) fn new(packages: &'f [Read]) -> Self {
        let functions: Vec<One<'f>> = packages
            .iter()
            .flat_map(|read| {
                read.facts
                    .functions
                    .iter()
                    .map(move |function| One { function, read })
            })
            .collect();
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (id, one) in functions.iter().enumerate() {
            by_name.entry(&one.function.name).or_default().push(id);
        }
        let mut calls = Self {
            below: vec![Vec::new(); functions.len()],
            above: vec![Vec::new(); functions.len()],
            functions,
            by_name,
        };
        for id in 0..calls.functions.len() {
            let called = calls.called(id);
            for other in &called {
                calls.above[*other].push(id);
            }
            calls.below[id] = called.into_iter().collect();
        }
        calls
    }

    /// Returns the functions that a router calls for a method that changes something.
    pub(super) fn routed(&self, packages: &[Read]) -> BTreeSet<usize> {
        let handlers = packages
            .iter()
            .flat_map(|read| read.facts.routed.iter().map(move |named| (read, named)));
        handlers
            .flat_map(|(read, named)| self.by_path(named, read, None))
            .collect()
    }

    /// Returns the callers of a function.
    pub(super) fn above(&self, id: usize) -> &[usize] {
        &self.above[id]
    }

    /// Returns a function that is called from here, within a number of steps.
    pub(super) fn find_below(
        &self,
        id: usize,
        steps: usize,
        is: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let (mut seen, mut level) = (BTreeSet::from([id]), vec![id]);
        for _ in 0..steps {
            let next: Vec<usize> = level
                .iter()
                .flat_map(|id| self.below[*id].iter().copied())
                .collect();
            level = next.into_iter().filter(|id| seen.insert(*id)).collect();
            if let Some(found) = level.iter().find(|id| is(**id)) {
                return Some(*found);
            }
        }
        None
    }

    fn called(&self, id: usize) -> BTreeSet<usize> {
        let one = &self.functions[id];
        let mut called: BTreeSet<usize> = one
            .function
            .body
            .calls
            .iter()
            .flat_map(|call| self.meant(call, one))
            .collect();
        called.remove(&id);
        called
    }

    fn meant(&self, call: &Call, from: &One<'f>) -> Vec<usize> {
        match call.form {
            Form::Method {
                on_self,
                is_awaited,
                arguments,
            } => {
                let is_of_std = OF_COLLECTIONS.contains(&call.to.name.as_str());
                let mut meant = self.by_method(&call.to.name, on_self, arguments, from);
                let receiver = call.to.qualifier.as_deref().unwrap_or("");
                meant.retain(|id| {
                    let owner = self.functions[*id].function.owner.as_deref();
                    is_awaited || on_self || !is_of_std || is_named_like(receiver, owner)
                });
                meant
            }
            Form::Value => self.by_path(&call.to, from.read, Some(from.function)),
            Form::Path { arguments } => {
                let takes = |id: &usize| {
                    let function = self.functions[*id].function;
                    function.parameters + usize::from(function.has_receiver) == arguments
                };
                let meant = self.by_path(&call.to, from.read, Some(from.function));
                meant.into_iter().filter(takes).collect()
            }
        }
    }

    fn by_method(&self, name: &str, on_self: bool, arguments: usize, from: &One<'f>) -> Vec<usize> {
        let methods = self.named(name, from.read).filter(|id| {
            let function = self.functions[*id].function;
            function.has_receiver && function.parameters == arguments
        });
        let methods: Vec<usize> = methods.collect();
        let is_own = |id: &&usize| self.functions[**id].function.owner == from.function.owner;
        let own: Vec<usize> = methods.iter().filter(is_own).copied().collect();
        if on_self && !own.is_empty() {
            own
        } else {
            methods
        }
    }

    fn by_path(&self, to: &Named, read: &Read, from: Option<&Function>) -> Vec<usize> {
        let all: Vec<usize> = self.named(&to.name, read).collect();
        let keep = |is: &dyn Fn(&Function) -> bool| -> Vec<usize> {
            all.iter()
                .copied()
                .filter(|id| is(self.functions[*id].function))
                .collect()
        };
        let owner = from.and_then(|from| from.owner.as_deref());
        match to.qualifier.as_deref() {
            Some("Self") => keep(&|function| function.owner.as_deref() == owner),
            None | Some("crate" | "self" | "super") => {
                let free = keep(&|function| function.owner.is_none());
                let module = from.map(|from| from.module.as_str());
                let near = keep(&|function| {
                    function.owner.is_none() && Some(function.module.as_str()) == module
                });
                if to.qualifier.is_none() && !near.is_empty() {
                    near
                } else {
                    free
                }
            }
            Some(qualifier) => keep(&|function| match &function.owner {
                Some(owner) => owner == qualifier,
                None => function.module.rsplit("::").next() == Some(qualifier),
            }),
        }
    }

    /// Returns the functions of a name that a package can call.
    fn named<'s>(&'s self, name: &str, read: &'s Read) -> impl Iterator<Item = usize> + 's {
        let ids = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        ids.iter()
            .copied()
            .filter(|id| read.reached.contains(&self.functions[*id].read.package))
    }
}

/// Returns whether a variable is named like a type, such as `repo` and `order_repo` like `OrderRepository`.
fn is_named_like(variable: &str, of_type: Option<&str>) -> bool {
    let last = variable.rsplit('_').next().unwrap_or("");
    let mut words: Vec<String> = Vec::new();
    for letter in of_type.unwrap_or("").chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_lowercase().collect()),
        }
    }
    let begins = |one: &str, other: &str| other.len() > 2 && one.starts_with(other);
    words
        .iter()
        .any(|word| begins(word, last) || begins(last, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_like_its_type() {
        for (variable, of_type, is_like) in [
            ("orders", "Orders", true),
            ("order_repo", "OrderRepository", true),
            ("store", "PgStore", true),
            ("ledger", "Ledger", true),
            ("rows", "Ledger", false),
            ("by_id", "Orders", false),
            ("", "Orders", false),
            ("x", "X", false),
        ] {
            assert_eq!(
                is_named_like(variable, Some(of_type)),
                is_like,
                "{variable} {of_type}"
            );
        }
    }
}
