//! Indexes of the table: its own, and those that an operator added.

mod index;

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::{Dialect, StoreError};
use index::{Index, IndexKind, Wanted};

/// Name, columns, and use of each index of the table's own.
const OWN: [Wanted; 4] = [
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

/// Name, uniqueness, columns and kind of each index, and whether no query uses it.
#[cfg(feature = "mysql")]
const INDEXES_OF_MYSQL: &str = "SELECT CAST(index_name AS CHAR), CAST(1 - non_unique AS CHAR), CAST(GROUP_CONCAT(CONCAT( \
     COALESCE(IF(sub_part IS NULL, column_name, CONCAT(column_name, '(', sub_part, ')')), '?'), \
     IF(collation = 'D', ' DESC', '')) ORDER BY seq_in_index SEPARATOR ', ') AS CHAR), \
     IF(MAX(index_type) = 'BTREE', '', CAST(MAX(index_type) AS CHAR)), \
     CAST(0 /*!80000 + MAX(is_visible = 'NO') */ /*M!100600 + MAX(ignored = 'YES') */ AS CHAR) \
     FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'operational_activity' \
     AND index_name <> 'PRIMARY' GROUP BY index_name, non_unique";
#[cfg(feature = "sqlite")]
const INDEXES_OF_SQLITE: &str = "SELECT list.name, CAST(list.\"unique\" AS CHAR), \
     (SELECT group_concat(COALESCE(name, '?') || CASE \"desc\" WHEN 1 THEN ' DESC' ELSE '' END, ', ') \
     FROM pragma_index_xinfo(list.name) WHERE key = 1), \
     CASE list.partial WHEN 1 THEN 'WHERE …' ELSE '' END, '0' \
     FROM pragma_index_list('operational_activity') AS list WHERE list.origin <> 'pk'";

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let text = match subject.dialect() {
        #[cfg(feature = "mysql")]
        Dialect::MySql => INDEXES_OF_MYSQL,
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => INDEXES_OF_SQLITE,
        Dialect::Memory => return Ok(Vec::new()),
    };
    let rows = subject.texts(text).await?;
    let found: Vec<_> = rows.into_iter().filter_map(index_of).collect();
    Ok(judge(&found, subject.dialect()))
}

fn index_of(row: Vec<Option<String>>) -> Option<Index> {
    let mut columns = row.into_iter().map(Option::unwrap_or_default);
    let (name, is_unique) = (columns.next()?, columns.next()? == "1");
    let columns_of = columns.next()?;
    let kind = match (columns.next()?, columns.next()?.as_str()) {
        (kind, _) if !kind.is_empty() => IndexKind::Other(kind),
        (_, "0") => IndexKind::Plain,
        _ => IndexKind::Unused,
    };
    Some(Index {
        name,
        is_unique,
        columns: columns_of,
        kind,
    })
}

fn judge(found: &[Index], dialect: Dialect) -> Vec<Finding> {
    let own: Vec<_> = OWN.iter().filter_map(|key| own_of(key, found)).collect();
    let is_extra = |index: &&Index| own.iter().all(|own| own.name != index.name);
    let extra: Vec<_> = found.iter().filter(is_extra).collect();
    let missing = OWN.iter().filter(|key| own_of(key, found).is_none());
    let missing = missing.map(|key| of_missing(key, found, dialect));
    let redundant = extra.iter().filter_map(|index| {
        let of_own = own.iter().find(|other| other.gives_all_of(index));
        let of_extra = || extra.iter().find(|other| other.comes_before(index));
        Some(of_redundant(index, of_own.or_else(of_extra)?, dialect))
    });
    let mut findings: Vec<_> = missing.chain(redundant).collect();
    if findings.is_empty() {
        findings.push(Finding::ok(Check::Indexes, describe(&extra)));
    }
    findings
}

/// Returns the index that does the work of one of the table's own, the best if there are several.
fn own_of<'f>((name, columns, _): &Wanted, found: &'f [Index]) -> Option<&'f Index> {
    if *name == UNIQUE {
        let guarding = found.iter().filter(|index| index.guards(columns));
        return guarding.max_by_key(|index| index.name == *name);
    }
    let serving = found.iter().filter(|index| index.serves(name, columns) > 0);
    serving.max_by_key(|index| index.serves(name, columns))
}

fn of_missing((name, columns, use_of): &Wanted, found: &[Index], dialect: Dialect) -> Finding {
    let missing = format!("the index ({columns}) is missing, which {use_of}");
    if *name == UNIQUE {
        return Finding::fail(Check::Indexes, missing, super::schema::MIGRATE);
    }
    if let Some(unused) = found.iter().find(|index| index.is_unused(columns)) {
        let found = format!(
            "no query may use the index {}, which {use_of}",
            unused.spelled()
        );
        return Finding::warn(Check::Indexes, found, to_be_used(unused));
    }
    let mut create = format!("CREATE INDEX {name} ON operational_activity ({columns})");
    if let Some(other) = found.iter().find(|index| index.name == *name) {
        create = format!("{}; {create}", drop_of(other, dialect));
    }
    Finding::warn(Check::Indexes, missing, create)
}

/// Returns the statement that lets queries use an index. Each server takes the other's clause for a comment.
fn to_be_used(index: &Index) -> String {
    format!(
        "ALTER TABLE operational_activity ALTER INDEX `{}` /*!80000 VISIBLE */ /*M!100600 NOT IGNORED */",
        index.name
    )
}

fn of_redundant(index: &Index, by: &Index, dialect: Dialect) -> Finding {
    Finding::warn(
        Check::Indexes,
        format!(
            "the index {} slows every insert and gives nothing beside {}",
            index.spelled(),
            by.spelled()
        ),
        drop_of(index, dialect),
    )
}

fn drop_of(index: &Index, dialect: Dialect) -> String {
    let of_table = match dialect {
        #[cfg(feature = "mysql")]
        Dialect::MySql => " ON operational_activity",
        _ => "",
    };
    format!("DROP INDEX `{}`{of_table}", index.name)
}

fn describe(extra: &[&Index]) -> String {
    if extra.is_empty() {
        return "the table has its own, and no others".to_owned();
    }
    let each = extra.iter().map(|index| index.spelled());
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
            kind: IndexKind::Plain,
        }
    }

    fn of_kind(kind: IndexKind, index: Index) -> Index {
        Index { kind, ..index }
    }

    fn partial() -> IndexKind {
        IndexKind::Other("WHERE …".to_owned())
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

    #[test]
    fn an_index_over_the_time_alone_is_the_cursor_if_that_is_missing() {
        let mut found = own();
        found.push(index("time", false, "occurred_at"));
        assert!(judge(&found, Dialect::Memory)[0].found.contains("`time`"));
        found.remove(1);
        // Every index ends in the id.
        let findings = judge(&found, Dialect::Memory);
        assert_eq!(findings[0].level, FindingLevel::Ok, "{findings:?}");
        found.push(index("longer", false, "occurred_at, id, action"));
        let findings = judge(&found, Dialect::Memory);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].level, FindingLevel::Warn, "one is enough");
    }

    #[test]
    fn a_part_of_the_rows_and_words_do_no_work_of_an_index_and_are_not_redundant() {
        for kind in [partial(), IndexKind::Other("FULLTEXT".to_owned())] {
            let mut found = own();
            let other = index("other", false, "correlation_id");
            found.push(of_kind(kind.clone(), other.clone()));
            let findings = judge(&found, Dialect::Memory);
            assert_eq!(findings[0].level, FindingLevel::Ok, "{findings:?}");
            assert!(
                findings[0].found.contains("`other` (correlation_id) "),
                "{findings:?}"
            );
            found.remove(2);
            let findings = judge(&found, Dialect::Memory);
            assert!(
                findings[0].found.contains("(correlation_id) is missing"),
                "{findings:?}"
            );
        }
        let mut found = own();
        found[0] = of_kind(partial(), found[0].clone());
        assert_eq!(judge(&found, Dialect::Memory)[0].level, FindingLevel::Fail);
    }

    #[test]
    fn an_index_that_no_query_uses_guards_rows_and_gives_nothing_else() {
        let mut found = own();
        found[0] = of_kind(IndexKind::Unused, found[0].clone());
        assert_eq!(judge(&found, Dialect::Memory)[0].level, FindingLevel::Ok);
        found[2] = of_kind(IndexKind::Unused, found[2].clone());
        let findings = judge(&found, Dialect::Memory);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0].found.contains("no query may use"),
            "{findings:?}"
        );
        let mut found = own();
        found.push(of_kind(
            IndexKind::Unused,
            index("a", false, "correlation_id"),
        ));
        let findings = judge(&found, Dialect::Memory);
        assert!(findings[0].found.contains("the index `a`"), "{findings:?}");
    }

    #[test]
    fn an_index_is_read_backwards_as_a_whole() {
        for (columns, is_there) in [
            ("occurred_at DESC, id DESC", true),
            ("occurred_at DESC", false),
            ("occurred_at, id DESC", false),
        ] {
            let mut found = own();
            found[1].columns = columns.to_owned();
            let is_ok = judge(&found, Dialect::Memory)[0].level == FindingLevel::Ok;
            assert_eq!(is_ok, is_there, "{columns}");
            found.push(own()[1].clone());
            found[1].name = "extra".to_owned();
            let is_ok = judge(&found, Dialect::Memory)[0].level == FindingLevel::Ok;
            assert_eq!(is_ok, !is_there, "{columns} is redundant or not");
        }
        let mut found = own();
        found[0].columns = "occurred_at DESC, event_id".to_owned();
        assert_eq!(judge(&found, Dialect::Memory)[0].level, FindingLevel::Ok);
    }

    #[test]
    fn another_index_of_the_name_makes_room_first() {
        let mut found = own();
        found[2].columns = "action".to_owned();
        let findings = judge(&found, Dialect::Memory);
        let remedy = findings[0].remedy.as_deref().unwrap_or_default();
        assert!(
            remedy.starts_with("DROP INDEX `operational_activity_correlation`; CREATE INDEX"),
            "{remedy}"
        );
    }
}
