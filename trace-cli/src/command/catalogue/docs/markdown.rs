//! A catalogue as a page of Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::file::{Callsite, Catalogue};
use super::seen::{OPEN, Seen};
use crate::output::escaped;
use crate::when::ZonedClock;
use crate::words::counted;

/// Returns the page. Without what was seen it depends on the catalogue alone, so it can be committed.
pub(super) fn page(catalogue: &Catalogue, seen: Option<&Seen>, clock: &ZonedClock) -> String {
    let mut by_resource = BTreeMap::<&str, Vec<(&Callsite, &BTreeSet<String>)>>::new();
    for (site, fields) in &catalogue.0 {
        by_resource
            .entry(&site.resource)
            .or_default()
            .push((site, fields));
    }
    let actions: BTreeSet<_> = catalogue.0.keys().map(|site| &*site.action).collect();
    let known = |names: &mut dyn Iterator<Item = &str>| names.filter(|name| *name != OPEN).count();
    let mut page = format!(
        "# Recorded actions\n\n{} of {}.",
        counted_of(known(&mut actions.into_iter()), "action"),
        counted_of(known(&mut by_resource.keys().copied()), "resource")
    );
    if let Some(seen) = seen {
        let _ = write!(
            page,
            " \"Last seen\" is of the rows since {} ({}).",
            clock.show(seen.since),
            clock.zone()
        );
    }
    page.push('\n');
    for (resource, sites) in by_resource {
        let resource = if resource == OPEN {
            "Resources known at run time".to_owned()
        } else {
            code(resource)
        };
        let _ = write!(page, "\n## {resource}\n\n");
        table(&mut page, &sites, seen, clock);
    }
    if let Some(seen) = seen {
        never_seen(&mut page, catalogue, seen);
        unknown(&mut page, catalogue, seen);
    }
    page
}

fn table(
    page: &mut String,
    sites: &[(&Callsite, &BTreeSet<String>)],
    seen: Option<&Seen>,
    clock: &ZonedClock,
) {
    let (heading, line) = match seen {
        Some(_) => (" last seen |", "---|"),
        None => ("", ""),
    };
    let _ = writeln!(page, "| action | recorded by | fields |{heading}");
    let _ = writeln!(page, "|---|---|---|{line}");
    for (site, fields) in sites {
        let fields: Vec<_> = fields.iter().map(|field| code(field)).collect();
        let (action, path) = (code(&site.action), code(&site.path()));
        let _ = write!(page, "| {action} | {path} | {} |", fields.join(", "));
        if let Some(seen) = seen {
            let last = seen.last.get(&site.action);
            let last = match last {
                Some(last) => clock.show(*last),
                None if site.action == OPEN => String::new(),
                None => "never".to_owned(),
            };
            let _ = write!(page, " {last} |");
        }
        page.push('\n');
    }
}

fn never_seen(page: &mut String, catalogue: &Catalogue, seen: &Seen) {
    let names = catalogue.0.keys().map(|site| &site.action);
    let never: BTreeSet<_> = names
        .filter(|action| *action != OPEN && !seen.last.contains_key(*action))
        .collect();
    if never.is_empty() {
        return;
    }
    page.push_str("\n## Never seen\n\n");
    for action in never {
        let _ = writeln!(page, "- {}", code(action));
    }
}

fn unknown(page: &mut String, catalogue: &Catalogue, seen: &Seen) {
    if seen.unknown.is_empty() {
        return;
    }
    page.push_str("\n## Not in the catalogue\n\n");
    if catalogue.0.keys().any(|site| site.action == OPEN) {
        page.push_str("A `record!` with an action known at run time may have recorded these.\n\n");
    }
    page.push_str("| action | rows |\n|---|--:|\n");
    for (action, rows) in &seen.unknown {
        let _ = writeln!(page, "| {} | {rows} |", code(action));
    }
}

fn counted_of(number: usize, word: &str) -> String {
    counted(u64::try_from(number).unwrap_or(u64::MAX), word)
}

/// Returns a text as code, in which it cannot end the code or the cell of a table.
fn code(text: &str) -> String {
    let text = escaped(text).replace('|', "\\|").replace('`', "'");
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_text_cannot_leave_its_cell() {
        assert_eq!(code("order.approve"), "`order.approve`");
        assert_eq!(code("a|b`<script>\n# x"), "`a\\|b'<script>\\n# x`");
    }
}
