//! The changes between two catalogues.

use std::collections::BTreeSet;

use super::super::file::{Callsite, Catalogue};

/// A call site of one catalogue, with its fields.
type Site<'a> = (&'a Callsite, &'a BTreeSet<String>);

/// A call site that is not the same in both catalogues.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) kind: Kind,
    pub(super) old: Option<&'a Callsite>,
    pub(super) new: Option<&'a Callsite>,
    pub(super) fields_added: Vec<String>,
    pub(super) fields_removed: Vec<String>,
}

/// Kind of a change. The order is that of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// No function records here any more.
    Removed,
    /// Another name, recorded by the same function.
    Renamed,
    /// Name and function are the same, the fields are not.
    Fields,
    /// Another function records under the same name.
    Moved,
    Added,
}

/// Returns the changes, grouped by kind and sorted by name.
pub(super) fn changes<'a>(old: &'a Catalogue, new: &'a Catalogue) -> Vec<Change<'a>> {
    let only_in = |one: &'a Catalogue, other: &'a Catalogue| -> Vec<Site<'a>> {
        let sites = one.0.iter();
        sites
            .filter(|(site, _)| !other.0.contains_key(site))
            .collect()
    };
    let in_both = old.0.iter().filter_map(|(site, fields)| {
        let now = new.0.get(site)?;
        (fields != now).then(|| Change::between(Kind::Fields, (site, fields), (site, now)))
    });
    let mut found: Vec<_> = in_both.collect();
    let mut gone = only_in(old, new);
    let mut come = only_in(new, old);
    for (kind, is_pair) in PAIRS {
        for (old, new) in pairs(&mut gone, &mut come, is_pair) {
            found.push(Change::between(kind, old, new));
        }
    }
    found.extend(gone.into_iter().map(|(site, _)| Change::removed(site)));
    found.extend(come.into_iter().map(|(site, _)| Change::added(site)));
    found.sort_by_key(|change| (change.kind, change.old.or(change.new)));
    found
}

type IsPair = fn(&Callsite, &Callsite) -> bool;

/// Likeness of a call site of the new catalogue to one of the old, the greatest first. A module may have several `record!`, and
/// several types with a method of one name, so a shared half of the name decides first.
const PAIRS: [(Kind, IsPair); 5] = [
    (Kind::Renamed, |old, new| {
        old.place() == new.place() && old.resource == new.resource
    }),
    (Kind::Renamed, |old, new| {
        old.place() == new.place() && old.action == new.action
    }),
    (Kind::Renamed, |old, new| {
        old.place() == new.place() && old.function.is_some()
    }),
    (Kind::Moved, |old, new| {
        old.name() == new.name() && old.function == new.function
    }),
    (Kind::Moved, |old, new| old.name() == new.name()),
];

/// Takes the call sites that belong together out of both lists, in their order.
fn pairs<'a>(
    gone: &mut Vec<Site<'a>>,
    come: &mut Vec<Site<'a>>,
    is_pair: IsPair,
) -> Vec<(Site<'a>, Site<'a>)> {
    let mut found = Vec::new();
    gone.retain(|old| {
        let at = come.iter().position(|new| is_pair(old.0, new.0));
        if let Some(at) = at {
            found.push((*old, come.remove(at)));
        }
        at.is_none()
    });
    found
}

impl<'a> Change<'a> {
    fn between(kind: Kind, old: Site<'a>, new: Site<'a>) -> Self {
        Self {
            kind,
            old: Some(old.0),
            new: Some(new.0),
            fields_added: new.1.difference(old.1).cloned().collect(),
            fields_removed: old.1.difference(new.1).cloned().collect(),
        }
    }

    fn removed(site: &'a Callsite) -> Self {
        Self {
            kind: Kind::Removed,
            old: Some(site),
            new: None,
            fields_added: Vec::new(),
            fields_removed: Vec::new(),
        }
    }

    fn added(site: &'a Callsite) -> Self {
        Self {
            kind: Kind::Added,
            old: None,
            new: Some(site),
            ..Self::removed(site)
        }
    }
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Fields => "fields",
            Self::Moved => "moved",
            Self::Added => "added",
        }
    }
}
