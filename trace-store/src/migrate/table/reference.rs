//! The reference: columns and keys of the table, read from the migration that creates it.

use behavior_trace_migrations::MYSQL;

/// Columns and keys of the table as the migration creates it.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) columns: Vec<Column>,
    pub(super) keys: Vec<Key>,
}

/// A column of the reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Its type, such as `VARCHAR(32)`.
    pub(super) data_type: &'static str,
    /// The rest of its definition, such as `NOT NULL`.
    pub(super) rest: &'static str,
}

/// A secondary key of the reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Its columns, separated by `, `.
    pub(super) columns: &'static str,
    pub(super) is_unique: bool,
}

/// Start of the lines of the migration that hold a column or a key.
const INDENT: &str = "    ";
/// Character set and collation of a text without others.
const TEXT: &str = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

impl Reference {
    pub(super) fn read() -> Self {
        let lines = MYSQL[0].sql.lines();
        let parts: Vec<_> = lines
            .filter_map(|line| line.strip_prefix(INDENT))
            .map(|line| line.trim_end_matches(','))
            .collect();
        Self {
            columns: parts.iter().filter_map(|part| Column::read(part)).collect(),
            keys: parts.iter().filter_map(|part| Key::read(part)).collect(),
        }
    }

    /// Returns the unique key that makes resending harmless.
    pub(super) fn unique_key(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.is_unique)
    }
}

impl Column {
    fn read(line: &'static str) -> Option<Self> {
        let (name, definition) = line.split_once(' ')?;
        if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return None;
        }
        let (data_type, rest) = definition.split_once(' ')?;
        // `UNSIGNED` is a part of the type.
        let (data_type, rest) = match rest.strip_prefix("UNSIGNED ") {
            Some(rest) => (&definition[..definition.len() - rest.len() - 1], rest),
            None => (data_type, rest),
        };
        Some(Self {
            name,
            data_type,
            rest,
        })
    }

    /// Returns the number of characters of a text; `None` for other types.
    pub(super) fn width(&self) -> Option<u64> {
        let (name, rest) = self.data_type.split_once('(')?;
        let is_text = matches!(name, "CHAR" | "VARCHAR");
        rest.strip_suffix(')')?.parse().ok().filter(|_| is_text)
    }

    pub(super) fn may_be_null(&self) -> bool {
        !self.rest.contains("NOT NULL")
    }

    /// Returns the collation of a text; `None` for other types.
    pub(super) fn collation(&self) -> Option<&'static str> {
        self.width()?;
        let stated = self.rest.split_once("COLLATE ").map(|(_, after)| after);
        let stated = stated.and_then(|after| after.split(' ').next());
        Some(stated.unwrap_or("utf8mb4_bin"))
    }

    /// Returns the whole definition, with this type instead of its own.
    pub(super) fn definition(&self, data_type: &str) -> String {
        let (name, rest) = (self.name, self.rest);
        if self.width().is_some() && !rest.contains("COLLATE") {
            format!("{name} {data_type} {TEXT} {rest}")
        } else {
            format!("{name} {data_type} {rest}")
        }
    }
}

impl Key {
    fn read(line: &'static str) -> Option<Self> {
        let (is_unique, rest) = match line.strip_prefix("UNIQUE ") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (name, columns) = rest.strip_prefix("KEY ")?.split_once(" (")?;
        let columns = columns.strip_suffix(')')?;
        Some(Self {
            name,
            columns,
            is_unique,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_keys_are_those_of_the_migration() {
        let Reference { columns, keys } = Reference::read();
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), 14, "{names:?}");
        assert_eq!((names[0], names[13]), ("id", "user_agent"));
        let keys: Vec<_> = keys
            .iter()
            .map(|key| (key.is_unique, key.columns))
            .collect();
        assert_eq!(
            keys,
            [
                (true, "occurred_at, event_id"),
                (false, "occurred_at, id"),
                (false, "correlation_id"),
                (false, "resource, resource_id, occurred_at"),
            ]
        );
    }

    #[test]
    fn a_definition_states_what_the_table_would_decide() {
        let columns = Reference::read().columns;
        let of = |name: &str| {
            let column = columns.iter().find(|column| column.name == name);
            let column = column.expect(name);
            (column.definition(column.data_type), column.width())
        };
        assert_eq!(of("actor_id"), ("actor_id BIGINT NULL".to_owned(), None));
        assert_eq!(
            of("id"),
            (
                "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT".to_owned(),
                None
            )
        );
        assert_eq!(
            of("event_id").0,
            "event_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL"
        );
        assert_eq!(
            of("resource_id"),
            (
                "resource_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL"
                    .to_owned(),
                Some(255)
            )
        );
        assert_eq!(of("occurred_at").1, None);
    }
}
