//! The old table: its generation, proven by its columns, and the statements that read it.

use std::collections::BTreeSet;

use super::error::Kind;
use super::generation::Generation;
use super::old_row::{JSON, JSON_READ, OldRow, Values};
use crate::store::{BindValue, Statement};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceColumn {
    pub(super) name: String,
    /// Type, such as `bigint`.
    pub(super) kind: String,
}

/// A table with its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) columns: Vec<SourceColumn>,
    /// A unique key has exactly the columns of the recorder's.
    pub(super) has_own_key: bool,
}

/// The table that an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OldTable {
    pub(super) name: String,
    pub(super) generation: Generation,
    /// Columns of the generation that this table lacks, and that may be missing.
    absent: Vec<&'static str>,
}

/// Columns that earlier versions of spatie's package lack.
const OPTIONAL: [&str; 2] = ["event", "batch_uuid"];

impl Found {
    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    fn missing(&self, generation: Generation) -> Vec<&'static str> {
        let mut missing = generation.columns().to_vec();
        missing.retain(|name| !self.has(name) && !OPTIONAL.contains(name));
        missing
    }

    /// Returns the generations whose columns the table has.
    fn fitting(&self) -> Vec<Generation> {
        let is_fifth = self.has("attribute_changes");
        let mut fitting = Generation::ALL.to_vec();
        fitting.retain(|generation| self.missing(*generation).is_empty());
        // Version 5 has all columns that version 4 needs.
        fitting.retain(|generation| *generation != Generation::SpatieV4 || !is_fifth);
        // Their columns are equal, and their names distinguish them.
        let named = [Generation::G2, Generation::G3]
            .into_iter()
            .find(|one| fitting.contains(one) && self.name == one.table());
        if let Some(named) = named {
            return vec![named];
        }
        fitting
    }

    /// Returns whether the table is the recorder's own, or one that it took over.
    fn is_own(&self) -> bool {
        self.has_own_key && self.missing(Generation::G1).is_empty()
    }

    /// Returns the generation of the table, as its columns prove it, if the caller takes it.
    fn generation(&self, taken: &[Generation]) -> Result<Generation, Kind> {
        if self.is_own() {
            return Err(Kind::OwnTable(self.name.clone()));
        }
        match self.fitting().as_slice() {
            [one] if taken.contains(one) => Ok(*one),
            [one] => Err(Kind::NotAmong {
                table: self.name.clone(),
                proven: *one,
                taken: taken.to_vec(),
            }),
            [] => Err(Kind::UnknownTable {
                table: self.name.clone(),
                columns: self
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect(),
            }),
            _ => Err(Kind::Ambiguous(self.name.clone())),
        }
    }
}

/// The table and the generation that the caller gave, and the generations that it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) table: Option<&'a str>,
    pub(super) generation: Option<Generation>,
    pub(super) taken: &'a [Generation],
}

impl Wanted<'_> {
    /// Fails if no table could meet it.
    pub(super) fn check(&self) -> Result<(), Kind> {
        match self.generation {
            _ if self.taken.is_empty() => Err(Kind::NoGeneration),
            Some(given) if !self.taken.contains(&given) => Err(Kind::NotTaken {
                given,
                taken: self.taken.to_vec(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the names of the tables to look for.
    pub(super) fn names(&self) -> Vec<&str> {
        match self.table {
            Some(table) => vec![table],
            None => own_names(self.taken).collect(),
        }
    }
}

/// Returns the generations' own names of their tables, each once.
fn own_names(taken: &[Generation]) -> impl Iterator<Item = &'static str> {
    let names: BTreeSet<_> = taken.iter().map(|one| one.table()).collect();
    names.into_iter()
}

/// Chooses the table among those that were found.
pub(super) fn choose(found: Vec<Found>, wanted: Wanted<'_>) -> Result<OldTable, Kind> {
    let Wanted {
        table,
        generation,
        taken,
    } = wanted;
    if let Some(name) = table {
        let one = found.into_iter().find(|one| one.name == name);
        let one = one.ok_or_else(|| Kind::MissingTable(name.to_owned()))?;
        return of(&one, generation, taken);
    }
    let mut fitting: Vec<(Found, Generation)> = Vec::new();
    for one in found {
        match one.generation(taken) {
            Ok(proven) if generation.is_none_or(|given| given == proven) => {
                fitting.push((one, proven));
            }
            _ => {}
        }
    }
    match fitting.as_slice() {
        [(one, _)] => of(one, generation, taken),
        [] => Err(Kind::NoTable(own_names(taken).collect())),
        several => Err(Kind::SeveralTables(
            several
                .iter()
                .map(|(one, proven)| (one.name.clone(), *proven))
                .collect(),
        )),
    }
}

fn of(found: &Found, given: Option<Generation>, taken: &[Generation]) -> Result<OldTable, Kind> {
    let generation = match given {
        None => found.generation(taken)?,
        Some(_) if found.is_own() => return Err(Kind::OwnTable(found.name.clone())),
        Some(given) => {
            let missing = found.missing(given);
            if !missing.is_empty() {
                return Err(Kind::OtherGeneration {
                    table: found.name.clone(),
                    generation: given,
                    missing,
                });
            }
            given
        }
    };
    let id = found.columns.iter().find(|column| column.name == "id");
    if id.is_none_or(|id| !id.kind.ends_with("int")) {
        return Err(Kind::NoNumber(found.name.clone()));
    }
    let mut absent = generation.columns().to_vec();
    absent.retain(|name| !found.has(name));
    Ok(OldTable {
        name: found.name.clone(),
        generation,
        absent,
    })
}

/// Returns the query for the columns of some tables: table, column and type.
pub(super) fn columns_of(tables: &[&str]) -> Statement {
    of_tables(
        "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR) \
         FROM information_schema.columns",
        tables,
        "ORDER BY table_name, ordinal_position",
    )
}

/// Returns the query for the tables, among these, with the recorder's unique key.
pub(super) fn own_keys_of(tables: &[&str]) -> Statement {
    of_tables(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.statistics",
        tables,
        "AND non_unique = 0 GROUP BY table_name, index_name \
         HAVING GROUP_CONCAT(column_name ORDER BY seq_in_index) = 'occurred_at,event_id'",
    )
}

/// Returns a query of the catalogue for some tables of the session's database.
fn of_tables(select: &str, tables: &[&str], rest: &str) -> Statement {
    let places = vec!["?"; tables.len()].join(", ");
    let text = |table: &&str| BindValue::Text((*table).to_owned());
    Statement {
        text: format!(
            "{select} WHERE table_schema = DATABASE() AND table_name IN ({places}) {rest}"
        ),
        arguments: tables.iter().map(text).collect(),
    }
}

/// Returns the tables of which columns were read.
pub(super) fn found(
    columns: Vec<Vec<Option<String>>>,
    own_keys: &[Vec<Option<String>>],
) -> Vec<Found> {
    let mut tables: Vec<Found> = Vec::new();
    for row in columns {
        let mut texts = row.into_iter().map(Option::unwrap_or_default);
        let (table, name, kind) = (
            texts.next().unwrap_or_default(),
            texts.next().unwrap_or_default(),
            texts.next().unwrap_or_default(),
        );
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(Found {
                has_own_key: own_keys.iter().flatten().flatten().any(|own| *own == table),
                name: table,
                columns: Vec::new(),
            });
        }
        if let Some(last) = tables.last_mut() {
            last.columns.push(SourceColumn { name, kind });
        }
    }
    tables
}

impl OldTable {
    /// Returns the query for the next rows after an id, up to and including another. MySQL reads a bound id as signed.
    pub(super) fn page(&self, after: u64, up_to: u64, rows: usize) -> Statement {
        Statement::plain(format!(
            "SELECT {} FROM {} WHERE id > {after} AND id <= {up_to} ORDER BY id LIMIT {rows}",
            self.selected(),
            quoted(&self.name)
        ))
    }

    /// Returns the query for the highest id.
    pub(super) fn last_id(&self) -> Statement {
        Statement::plain(format!(
            "SELECT CAST(COALESCE(MAX(id), 0) AS CHAR) FROM {}",
            quoted(&self.name)
        ))
    }

    /// Returns the columns as texts. Of a JSON column the size comes first, and no text that is too large.
    fn selected(&self) -> String {
        let column = |name: &&str| match *name {
            name if self.absent.contains(&name) => "NULL".to_owned(),
            name if JSON.contains(&name) => format!(
                "CAST(OCTET_LENGTH({name}) AS CHAR), IF(OCTET_LENGTH({name}) <= {JSON_READ}, CAST({name} AS CHAR), NULL)"
            ),
            name => format!("CAST({name} AS CHAR)"),
        };
        let columns: Vec<_> = self.generation.columns().iter().map(column).collect();
        columns.join(", ")
    }

    /// Reads a row that [`page`](Self::page) selected.
    pub(super) fn row(&self, values: Vec<Option<String>>) -> Result<OldRow, Kind> {
        let values = Values(values.into_iter());
        let row = match self.generation {
            Generation::G1 | Generation::G2 | Generation::G3 => values.php().map(OldRow::Php),
            Generation::SpatieV4 => values.spatie(false).map(OldRow::Spatie),
            Generation::SpatieV5 => values.spatie(true).map(OldRow::Spatie),
        };
        row.ok_or_else(|| Kind::NoNumber(self.name.clone()))
    }
}

/// Returns a name quoted for a statement.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[&str]) -> Found {
        let column = |name: &&str| SourceColumn {
            name: (*name).to_owned(),
            kind: if *name == "id" { "bigint" } else { "varchar" }.to_owned(),
        };
        Found {
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            has_own_key: false,
        }
    }

    fn of_generation(generation: Generation) -> Found {
        table(generation.table(), generation.columns())
    }

    fn choose_any(
        found: Vec<Found>,
        table: Option<&str>,
        generation: Option<Generation>,
    ) -> Result<OldTable, Kind> {
        let taken = &Generation::ALL;
        let wanted = Wanted {
            table,
            generation,
            taken,
        };
        choose(found, wanted)
    }

    #[test]
    fn each_generation_is_proven_by_its_own_columns() {
        for generation in Generation::ALL {
            let chosen = choose_any(vec![of_generation(generation)], None, None);
            assert_eq!(chosen.expect("found").generation, generation);
        }
        let third = [
            "id",
            "log_name",
            "description",
            "subject_type",
            "subject_id",
            "causer_type",
            "causer_id",
            "properties",
            "created_at",
        ];
        let chosen =
            choose_any(vec![table("activity_log", &third)], None, None).expect("version 3");
        assert_eq!(chosen.generation, Generation::SpatieV4);
        assert_eq!(chosen.selected().matches("NULL").count(), 3);
    }

    #[test]
    fn the_recorders_own_table_is_no_source() {
        let own = Found {
            has_own_key: true,
            ..of_generation(Generation::G1)
        };
        assert!(matches!(
            choose_any(vec![own.clone()], None, None),
            Err(Kind::NoTable(_))
        ));
        for given in [None, Some(Generation::G1)] {
            let chosen = choose_any(vec![own.clone()], Some("operational_activity"), given);
            assert!(matches!(chosen, Err(Kind::OwnTable(_))));
        }
        let both = vec![own, of_generation(Generation::G3)];
        assert_eq!(
            choose_any(both, None, None).expect("g3").generation,
            Generation::G3
        );
    }

    #[test]
    fn the_error_for_an_unknown_table_has_what_was_found() {
        let unknown = || vec![table("t", &["id", "what"])];
        let error = choose_any(unknown(), Some("t"), None).expect_err("unknown");
        let text = crate::import::ImportError::from(error).to_string();
        assert!(text.contains("id, what"), "{text}");
        let error = choose_any(unknown(), Some("t"), Some(Generation::G1)).expect_err("not g1");
        let text = crate::import::ImportError::from(error).to_string();
        assert!(text.contains("it has no event_id, occurred_at"), "{text}");
        assert!(matches!(
            choose_any(unknown(), Some("u"), None),
            Err(Kind::MissingTable(_))
        ));
        assert!(matches!(
            choose_any(unknown(), None, None),
            Err(Kind::NoTable(_))
        ));
        let renamed = || vec![table("old", Generation::G3.columns())];
        assert!(matches!(
            choose_any(renamed(), Some("old"), None),
            Err(Kind::Ambiguous(_))
        ));
        let chosen = choose_any(renamed(), Some("old"), Some(Generation::G2)).expect("given");
        assert_eq!(chosen.generation, Generation::G2);
        let two = vec![
            of_generation(Generation::G3),
            of_generation(Generation::SpatieV5),
        ];
        assert!(matches!(
            choose_any(two.clone(), None, None),
            Err(Kind::SeveralTables(_))
        ));
        let chosen = choose_any(two, None, Some(Generation::SpatieV5)).expect("given");
        assert_eq!(chosen.name, "activity_log");
    }

    #[test]
    fn a_table_of_a_generation_that_is_not_taken_is_neither_found_nor_accepted_by_its_name() {
        let spatie = || of_generation(Generation::SpatieV4);
        let php = [Generation::G1, Generation::G2, Generation::G3];
        let wanted = |table| Wanted {
            table,
            generation: None,
            taken: &php,
        };
        assert_eq!(
            wanted(None).names(),
            ["maa_event_logging_behavior_trace", "operational_activity"]
        );
        let both = vec![spatie(), of_generation(Generation::G2)];
        let chosen = choose(both, wanted(None)).expect("the only one");
        assert_eq!(chosen.generation, Generation::G2);
        let error = choose(vec![spatie()], wanted(Some("activity_log"))).expect_err("another");
        let text = crate::import::ImportError::from(error).to_string();
        assert!(
            text.contains("is of spatie-v4, and this import takes g1, g2, g3 alone"),
            "{text}"
        );
    }

    #[test]
    fn a_generation_that_is_not_taken_is_refused() {
        let php = [Generation::G1, Generation::G2, Generation::G3];
        let refusal = |table, generation, taken| {
            let wanted = Wanted {
                table,
                generation,
                taken,
            };
            let refused = wanted.check().map_err(crate::import::ImportError::from);
            refused.err().map(|error| error.to_string())
        };
        for table in [None, Some("activity_log")] {
            assert_eq!(refusal(table, Some(Generation::G2), &php), None);
            assert_eq!(refusal(table, None, &php), None);
            let other = refusal(table, Some(Generation::SpatieV4), &php).unwrap_or_default();
            assert!(
                other.contains("spatie-v4 is the generation, and this import takes g1, g2, g3"),
                "{other}"
            );
            let none = refusal(table, None, &[]).unwrap_or_default();
            assert!(none.contains("at least one"), "{none}");
        }
    }

    #[test]
    fn a_table_whose_ids_are_no_integers_is_refused() {
        let mut uuids = of_generation(Generation::SpatieV5);
        uuids.columns[0].kind = "char".to_owned();
        assert!(matches!(
            choose_any(vec![uuids], None, None),
            Err(Kind::NoNumber(_))
        ));
    }
}
