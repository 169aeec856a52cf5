//! Indexes of the table: its own, and those that an operator added.

use super::finding::{Check, Finding};
use super::subject::Subject;
#[cfg(feature = "mysql")]
use crate::migrate::KEYS;
use crate::store::{Dialect, StoreError};

/// An index of the table, without its primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    name: String,
    is_unique: bool,
    /// Its columns, separated by `, `.
    columns: String,
}

/// Name, columns, and use of each index of the table's own.
const OWN: [(&str, &str, &str); 4] = [
    (
        "operational_activity_event",
        "occurred_at, event_id",
        "keeps a row that is sent twice from being stored twice",
    ),
    (
        "operational_activity_cursor",
        "occurred_at, id",
        "gives pages and time ranges",
    ),
    (
        "operational_activity_correlation",
        "correlation_id",
        "gives the rows of one correlation",
    ),
    (
        "operational_activity_history",
        "resource, resource_id, occurred_at",
        "gives the history of one resource",
    ),
];
/// The index without which nothing is stored.
const UNIQUE: &str = OWN[0].0;

#[cfg(feature = "sqlite")]
const KEYS_OF_SQLITE: &str = "SELECT list.name, CAST(list.\"unique\" AS CHAR), \
     (SELECT group_concat(COALESCE(name, '?'), ', ') FROM pragma_index_info(list.name)) \
     FROM pragma_index_list('operational_activity') AS list WHERE list.origin <> 'pk'";

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let text = match subject.dialect() {
        #[cfg(feature = "mysql")]
        Dialect::MySql => KEYS,
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => KEYS_OF_SQLITE,
        Dialect::Memory => return Ok(Vec::new()),
    };
    let rows = subject.texts(text).await?;
    let found = rows.into_iter().filter_map(|row| {
        let mut columns = row.into_iter().map(Option::unwrap_or_default);
        let name = columns.next()?;
        let is_unique = columns.next()? == "1";
        let columns = columns.next()?;
        (name != "PRIMARY").then_some(Index {
            name,
            is_unique,
            columns,
        })
    });
    Ok(judge(&found.collect::<Vec<_>>(), subject.dialect()))
}

fn judge(found: &[Index], dialect: Dialect) -> Vec<Finding> {
    let own: Vec<_> = OWN.iter().filter_map(|key| own_of(key, found)).collect();
    let is_extra = |index: &&Index| own.iter().all(|own| own.name != index.name);
    let extra: Vec<_> = found.iter().filter(is_extra).collect();
    let missing = OWN.iter().filter(|key| !is_there(key, found));
    let redundant = extra.iter().filter_map(|index| {
        let of_own = own.iter().find(|other| other.gives_all_of(index));
        let of_extra = || extra.iter().find(|other| other.comes_before(index));
        Some(of_redundant(index, of_own.or_else(of_extra)?, dialect))
    });
    let mut findings: Vec<_> = missing.map(of_missing).chain(redundant).collect();
    if findings.is_empty() {
        findings.push(Finding::ok(Check::Indexes, describe(&extra)));
    }
    findings
}

impl Index {
    /// Returns the columns without the id at the end, in which every index ends anyway.
    fn prefix(&self) -> &str {
        self.columns.strip_suffix(", id").unwrap_or(&self.columns)
    }

    fn begins_with(&self, columns: &str) -> bool {
        let rest = self.columns.strip_prefix(columns);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
    }

    /// Returns whether this index gives all that another one gives, which is no rule for rows.
    fn gives_all_of(&self, other: &Self) -> bool {
        // An expression has no name, so two of them are not known to be one.
        let is_known = !self.columns.contains('?') && !other.columns.contains('?');
        let serves = self.prefix() == other.prefix() || self.begins_with(&other.columns);
        !other.is_unique && is_known && serves
    }

    /// Returns whether this index makes another one redundant. Of two equal ones the first by name does.
    fn comes_before(&self, other: &Self) -> bool {
        let is_equal = self.prefix() == other.prefix();
        self.name != other.name
            && self.gives_all_of(other)
            && (!is_equal || self.is_unique || self.name < other.name)
    }
}

/// Returns the index that is one of the table's own, by its name if several have its columns.
fn own_of<'f>((name, columns, _): &(&str, &str, &str), found: &'f [Index]) -> Option<&'f Index> {
    let is_unique = *name == UNIQUE;
    let is_it = |index: &&Index| index.columns == *columns && index.is_unique == is_unique;
    let by_name = found
        .iter()
        .find(|index| is_it(index) && index.name == *name);
    by_name.or_else(|| found.iter().find(is_it))
}

/// Returns whether an index does the work of one of the table's own.
fn is_there((name, columns, _): &(&str, &str, &str), found: &[Index]) -> bool {
    found.iter().any(|index| match *name {
        UNIQUE => index.is_unique && index.columns == *columns,
        _ => index.begins_with(columns) || Some(index.prefix()) == columns.strip_suffix(", id"),
    })
}

fn of_missing((name, columns, use_of): &(&str, &str, &str)) -> Finding {
    let found = format!("the index ({columns}) is missing, which {use_of}");
    if *name == UNIQUE {
        return Finding::fail(Check::Indexes, found, super::schema::MIGRATE);
    }
    let create = format!("CREATE INDEX {name} ON operational_activity ({columns})");
    Finding::warn(Check::Indexes, found, create)
}

fn of_redundant(index: &Index, by: &Index, dialect: Dialect) -> Finding {
    let of_table = match dialect {
        #[cfg(feature = "mysql")]
        Dialect::MySql => " ON operational_activity",
        _ => "",
    };
    Finding::warn(
        Check::Indexes,
        format!(
            "the index `{}` ({}) slows every insert and gives nothing beside `{}` ({})",
            index.name, index.columns, by.name, by.columns
        ),
        format!("DROP INDEX `{}`{of_table}", index.name),
    )
}

fn describe(extra: &[&Index]) -> String {
    if extra.is_empty() {
        return "the table has its own, and no others".to_owned();
    }
    let each = extra
        .iter()
        .map(|index| format!("`{}` ({})", index.name, index.columns));
    format!(
        "the table has its own, and others, each of which slows every insert: {}",
        each.collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use behavior_trace_migrations::{MYSQL, SQLITE};

    use super::super::finding::FindingLevel;
    use super::*;

    fn index(name: &str, is_unique: bool, columns: &str) -> Index {
        Index {
            name: name.to_owned(),
            is_unique,
            columns: columns.to_owned(),
        }
    }

    fn own() -> Vec<Index> {
        let own = OWN.iter();
        own.map(|(name, columns, _)| index(name, *name == UNIQUE, columns))
            .collect()
    }

    #[test]
    fn the_tables_own_are_those_of_the_migrations() {
        for (name, columns, _) in OWN {
            let unique = if name == UNIQUE { "UNIQUE " } else { "" };
            let key = format!("{unique}KEY {name} ({columns})");
            assert!(MYSQL[0].sql.contains(&key), "{key}");
            let create = format!("CREATE {unique}INDEX IF NOT EXISTS {name}");
            let of_name =
                |sql: &&str| sql.starts_with(&create) && sql.contains(&format!("({columns})"));
            assert!(
                SQLITE.iter().map(|one| one.sql).any(|sql| of_name(&sql)),
                "{create}"
            );
        }
    }

    #[test]
    fn an_index_that_another_begins_with_is_redundant() {
        for (columns, is_redundant) in [
            ("correlation_id", true),
            ("correlation_id, id", true),
            ("resource", true),
            ("resource, resource_id", true),
            ("occurred_at", true),
            ("action, occurred_at", false),
            ("resource_id", false),
            ("correlation", false),
            ("correlation_id, action", false),
            ("resource(20)", false),
        ] {
            let mut found = own();
            found.push(index("extra", false, columns));
            let findings = judge(&found, Dialect::Memory);
            let is_warned = findings[0].level == FindingLevel::Warn;
            assert_eq!(is_warned, is_redundant, "{columns}: {findings:?}");
            assert_eq!(findings.len(), 1);
        }
    }

    #[test]
    fn of_two_equal_ones_one_is_redundant() {
        let mut found = own();
        found.push(index("b", false, "action"));
        found.push(index("a", false, "action"));
        let findings = judge(&found, Dialect::Memory);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].found.contains("`b` (action)"), "{findings:?}");
    }

    #[test]
    fn a_longer_index_does_the_work_of_a_missing_one() {
        let mut found = own();
        found.remove(2);
        found.push(index("longer", false, "correlation_id, action"));
        assert_eq!(judge(&found, Dialect::Memory)[0].level, FindingLevel::Ok);
    }
}
