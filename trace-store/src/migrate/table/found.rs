//! A table of our name as the server describes it.

/// Description of the table `operational_activity`.
#[derive(Debug, Default)]
pub(super) struct FoundTable {
    /// `BASE TABLE`, or `VIEW`.
    pub(super) kind: String,
    /// Storage engine; empty for a view.
    pub(super) engine: String,
    pub(super) is_mariadb: bool,
    pub(super) columns: Vec<FoundColumn>,
    pub(super) keys: Vec<FoundKey>,
}

/// Description of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FoundColumn {
    pub(super) name: String,
    /// Whole type, such as `bigint(20) unsigned`.
    pub(super) column_type: String,
    pub(super) may_be_null: bool,
    /// Collation; empty for other types than texts.
    pub(super) collation: String,
    /// The server fills it in if a row does not give it.
    pub(super) has_default: bool,
    pub(super) is_auto_increment: bool,
}

/// Description of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FoundKey {
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// Its columns, separated by `, `. A prefix of a column is left out.
    pub(super) columns: String,
}

impl FoundTable {
    pub(super) fn column(&self, name: &str) -> Option<&FoundColumn> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns whether an index has the rows in the order of their times.
    pub(super) fn is_ordered_by_time(&self) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|key| key.columns.split(", ").next() == Some("occurred_at"))
    }
}

impl FoundColumn {
    /// Returns the name of the type, such as `varchar`.
    pub(super) fn type_name(&self) -> &str {
        let end = self.column_type.find(|c: char| !c.is_ascii_alphanumeric());
        &self.column_type[..end.unwrap_or(self.column_type.len())]
    }

    /// Returns the number in parentheses, such as 255 for `varchar(255)`.
    pub(super) fn width(&self) -> Option<u64> {
        let (_, rest) = self.column_type.split_once('(')?;
        rest.split(')').next()?.parse().ok()
    }

    pub(super) fn is_unsigned(&self) -> bool {
        self.column_type.contains("unsigned")
    }
}
