//! A change in each form of the output.

use serde::Serialize;

use super::super::file::{Callsite, Catalogue};
use super::changes::{Change, Kind};
use crate::output::{Color, OutputRecord, TextCell};
use crate::settings::Renames;
use crate::when::ZonedClock;

/// A change, judged by what is listed.
#[derive(Debug, Serialize)]
pub(super) struct ChangeRow {
    change: &'static str,
    /// Set if a query of the old name or field finds less than before, and no reason is listed.
    pub(super) breaks: bool,
    old_action: Option<String>,
    old_resource: Option<String>,
    new_action: Option<String>,
    new_resource: Option<String>,
    package: Option<String>,
    old_function: Option<String>,
    new_function: Option<String>,
    fields_added: Vec<String>,
    fields_removed: Vec<String>,
    /// The listed reason.
    reason: Option<String>,
}

impl ChangeRow {
    pub(super) fn new(change: Change<'_>, now: &Catalogue, renames: &Renames) -> Self {
        let verdict = Verdict::of(&change, now, renames);
        let Change { old, new, .. } = change;
        let action = |site: &Callsite| site.action.clone();
        let resource = |site: &Callsite| site.resource.clone();
        Self {
            change: change.kind.name(),
            breaks: matches!(verdict, Verdict::Breaks),
            old_action: old.map(action),
            old_resource: old.map(resource),
            new_action: new.map(action),
            new_resource: new.map(resource),
            package: new.or(old).map(|site| site.package.clone()),
            old_function: old.map(Callsite::path),
            new_function: new.map(Callsite::path),
            fields_added: change.fields_added,
            fields_removed: change.fields_removed,
            reason: match verdict {
                Verdict::Listed(reason) => Some(reason),
                Verdict::Breaks | Verdict::Harmless => None,
            },
        }
    }
}

/// The effect of a change on those who read the rows.
enum Verdict {
    Harmless,
    Listed(String),
    Breaks,
}

impl Verdict {
    /// A change may be two: a name and a field vanished. Then both are to be listed.
    fn of(change: &Change<'_>, now: &Catalogue, renames: &Renames) -> Self {
        let mut verdict = Self::Harmless;
        let Some(old) = change.old.map(Callsite::name) else {
            return verdict;
        };
        match (change.kind, change.new.map(Callsite::name)) {
            (Kind::Renamed, Some(new)) => {
                let listed = renames.of_rename(old, new);
                // The function may record something else now, and the name may be listed as removed.
                let removed = || renames.of_removal(old, |name| now.has(name));
                verdict = Self::listed(listed.or_else(removed));
            }
            // Another function still records under the name.
            (Kind::Removed, _) if !now.has(old) => {
                verdict = Self::listed(renames.of_removal(old, |name| now.has(name)));
            }
            _ => {}
        }
        if !change.fields_removed.is_empty() && !matches!(verdict, Self::Breaks) {
            verdict = Self::listed(renames.of_fields(old, &change.fields_removed));
        }
        verdict
    }

    fn listed(reason: Option<&str>) -> Self {
        reason.map_or(Self::Breaks, |reason| Self::Listed(reason.to_owned()))
    }
}

impl OutputRecord for ChangeRow {
    const FIELDS: &'static [&'static str] = &[
        "change",
        "breaks",
        "old_action",
        "old_resource",
        "new_action",
        "new_resource",
        "package",
        "old_function",
        "new_function",
        "fields_added",
        "fields_removed",
        "reason",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        [
            "change",
            "breaks",
            "name",
            "function",
            "fields",
            "listed because",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let name = |action: &Option<String>, resource: &Option<String>| {
            Some(format!("{} {}", action.as_ref()?, resource.as_ref()?))
        };
        let old = name(&self.old_action, &self.old_resource);
        let new = name(&self.new_action, &self.new_resource);
        let added = self.fields_added.iter().map(|field| format!("+{field}"));
        let removed = self.fields_removed.iter().map(|field| format!("-{field}"));
        let fields: Vec<_> = removed.chain(added).collect();
        let color = match (self.breaks, &self.reason) {
            (true, _) => Color::Red,
            (false, Some(_)) => Color::Yellow,
            (false, None) if self.old_action.is_none() => Color::Green,
            (false, None) => Color::Plain,
        };
        vec![
            TextCell::new(self.change).color(color),
            TextCell::new(if self.breaks { "yes" } else { "" }).color(color),
            TextCell::new(arrow(old, new)),
            TextCell::new(arrow(self.old_function.clone(), self.new_function.clone())),
            TextCell::new(fields.join(" ")),
            TextCell::new(self.reason.as_deref().unwrap_or_default()),
        ]
    }
}

/// Returns both texts with an arrow between them, or the one that there is.
fn arrow(old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
        (old, new) => new.or(old).unwrap_or_default(),
    }
}
