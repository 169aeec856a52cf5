//! What a found table is, and what is to be done with it. Nothing here carries it out.

use super::compare::{Comparison, compare};
use super::found::{FoundKey, FoundTable};
use super::reference::{Reference, ReferenceKey};
use crate::migrate::stranger;

/// What a found table is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The recorder's own, or one that it takes over by this plan. The plan is empty if nothing is left to do.
    Usable(Plan),
    /// Another's. The text says what was found, and what to do.
    Refused(String),
}

/// What is left to do to a table until it equals the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::migrate) struct Plan {
    /// Statement that adds the unique key, without which nothing is stored. Writes go on meanwhile.
    pub(super) key: Option<String>,
    /// Differences of the columns.
    pub(super) differences: Vec<String>,
    /// Changes of columns and keys that remove the differences, as the parts of one `ALTER TABLE`.
    pub(super) changes: Vec<String>,
}

/// Start of every statement that changes the table.
pub(super) const ALTER: &str = "ALTER TABLE operational_activity ";
/// Remedy for a table that is in the way.
const RENAME: &str = "rename it (`RENAME TABLE operational_activity TO operational_activity_before`) and run the migrations; \
     the guide's page \"Migrating from PHP\" brings its rows along";

/// Decides what a table is.
pub(super) fn judge(reference: &Reference, found: &FoundTable) -> Verdict {
    match refusal(reference, found) {
        Some(reason) => Verdict::Refused(reason),
        None => Verdict::Usable(plan(reference, found)),
    }
}

fn refusal(reference: &Reference, found: &FoundTable) -> Option<String> {
    if found.kind != "BASE TABLE" {
        return Some(format!(
            "`operational_activity` is a {}, and no table; {RENAME}",
            found.kind.to_lowercase()
        ));
    }
    let names: Vec<_> = found.columns.iter().map(|column| &*column.name).collect();
    let wanted = reference.columns.iter().map(|column| column.name);
    if let Some(stranger) = stranger::describe(&names, wanted) {
        // The catalogue leaves out the columns on which an account has no right.
        return Some(format!(
            "{stranger}, as far as this account may see; if it has them, give the account rights on the \
             whole table (`grants` returns them), and if not, {RENAME}"
        ));
    }
    let unfit = unfit(reference, found);
    if !unfit.is_empty() {
        return Some(format!(
            "`operational_activity` has the recorder's columns, but does not hold its rows: {}; change that, or {RENAME}",
            unfit.join("; ")
        ));
    }
    if !found.engine.eq_ignore_ascii_case("InnoDB") {
        return Some(format!(
            "`operational_activity` is a table of {}; convert it (`{ALTER}ENGINE=InnoDB`) and run the migrations again",
            found.engine
        ));
    }
    let key = found.keys.iter().find(|key| key.is_foreign())?;
    Some(format!(
        "`operational_activity` has another unique key `{name}` ({columns}), under which two events may collide; make it an \
         index that is not unique (`{ALTER}DROP INDEX `{name}`, ADD INDEX `{name}` ({columns})`) and run the migrations again",
        name = key.name,
        columns = key.columns
    ))
}

/// Returns the reasons why the columns do not hold the recorder's rows.
fn unfit(reference: &Reference, found: &FoundTable) -> Vec<String> {
    let compared = compared(reference, found).filter_map(|(_, comparison)| match comparison {
        Comparison::Unfit(reason) => Some(reason),
        _ => None,
    });
    let own = |name: &str| reference.columns.iter().any(|column| column.name == name);
    let required = found
        .columns
        .iter()
        .filter(|column| !own(&column.name) && !column.may_be_null && !column.has_default)
        .map(|column| {
            format!(
                "`{}` has no default, and the recorder does not fill it",
                column.name
            )
        });
    compared.chain(required).collect()
}

fn plan(reference: &Reference, found: &FoundTable) -> Plan {
    let mut plan = Plan::default();
    let is_there = |wanted: &ReferenceKey| {
        let mut keys = found.keys.iter();
        keys.any(|key| key.is_unique && key.columns == wanted.columns)
    };
    if let Some(key) = reference.unique_key().filter(|key| !is_there(key)) {
        plan.key = Some(format!(
            "{ALTER}ADD UNIQUE KEY {} ({}), ALGORITHM=INPLACE, LOCK=NONE",
            key.name, key.columns
        ));
    }
    for (column, comparison) in compared(reference, found) {
        if let Comparison::Differs { how, to } = comparison {
            plan.differences.push(how);
            plan.changes
                .push(format!("MODIFY {}", column.definition(&to)));
        }
    }
    // A key may be missing from the recorder's own table because an operator dropped it.
    if !plan.changes.is_empty() {
        let keys = reference.keys.iter().filter(|key| !key.is_unique);
        plan.changes
            .extend(keys.filter_map(|key| adjust(key, found)));
        plan.changes.push(
            "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ROW_FORMAT=DYNAMIC".to_owned(),
        );
    }
    plan
}

/// Returns the change that gives the table a key of the reference: a new name for an equal one, or a new key.
fn adjust(wanted: &ReferenceKey, found: &FoundTable) -> Option<String> {
    if found.keys.iter().any(|key| key.name == wanted.name) {
        return None;
    }
    let equal = found
        .keys
        .iter()
        .find(|key| !key.is_unique && key.columns == wanted.columns);
    Some(match equal {
        Some(key) => format!("RENAME INDEX `{}` TO {}", key.name, wanted.name),
        None => format!("ADD KEY {} ({})", wanted.name, wanted.columns),
    })
}

fn compared<'r>(
    reference: &'r Reference,
    found: &'r FoundTable,
) -> impl Iterator<Item = (&'r super::reference::ReferenceColumn, Comparison)> {
    reference.columns.iter().filter_map(|column| {
        let there = found.column(column.name)?;
        Some((column, compare(column, there, found.is_mariadb)))
    })
}

impl FoundKey {
    /// Returns whether a unique key may join two events. The server assigns the values of the primary key; any other key has
    /// to contain the two columns that no two events share.
    fn is_foreign(&self) -> bool {
        let has = |wanted| self.columns.split(", ").any(|column| column == wanted);
        self.is_unique && self.name != "PRIMARY" && !(has("occurred_at") && has("event_id"))
    }
}

#[cfg(test)]
mod tests;
