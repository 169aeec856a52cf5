//! One index of the table, and how it compares with another.

/// An index of the table, without its primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// Its columns, separated by `, `, each with its direction unless that is upwards.
    pub(super) columns: String,
    pub(super) kind: IndexKind,
}

/// What an index can be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IndexKind {
    /// All rows in order.
    Plain,
    /// All rows in order, and no query uses it: `INVISIBLE` on MySQL, `IGNORED` on MariaDB. If it is unique, it is enforced.
    Unused,
    /// Another kind, such as `FULLTEXT`, or a part of the rows.
    Other(String),
}

/// An index that the recorder needs: name, columns, and use.
pub(super) type Wanted = (&'static str, &'static str, &'static str);

impl Index {
    /// Returns it for people.
    pub(super) fn spelled(&self) -> String {
        let kind = match &self.kind {
            IndexKind::Plain => "",
            IndexKind::Unused => ", which no query uses",
            IndexKind::Other(kind) => return format!("`{}` ({}) {kind}", self.name, self.columns),
        };
        format!("`{}` ({}){kind}", self.name, self.columns)
    }

    /// Returns the columns as they are compared. An index whose columns all lead downwards is read backwards.
    fn compared(&self) -> String {
        let columns = || self.columns.split(',').map(str::trim_start);
        let is_downwards = columns().all(|column| column.ends_with(DOWNWARDS));
        if is_downwards && columns().next_back() == Some("id DESC") {
            return self.columns.replace(DOWNWARDS, "");
        }
        // The id in which it ends leads upwards, so it is no other index read backwards.
        self.columns.clone()
    }

    /// Returns whether it keeps a row that is sent twice from being stored twice, with these columns in order.
    pub(super) fn guards(&self, columns: &str) -> bool {
        let is_whole = matches!(self.kind, IndexKind::Plain | IndexKind::Unused);
        self.is_unique && is_whole && self.columns.replace(DOWNWARDS, "") == columns
    }

    /// Returns how well it does the work of an index with these columns: 3 if it is that index, 0 if not at all.
    pub(super) fn serves(&self, name: &str, columns: &str) -> u8 {
        let own = self.compared();
        match self.kind {
            IndexKind::Plain if own == columns => 2 + u8::from(self.name == name),
            IndexKind::Plain if prefix(&own) == prefix(columns) || begins_with(&own, columns) => 1,
            _ => 0,
        }
    }

    /// Returns whether it is this index, except that no query uses it.
    pub(super) fn is_unused(&self, columns: &str) -> bool {
        self.kind == IndexKind::Unused && !self.is_unique && self.compared() == columns
    }

    /// Returns whether this index gives all that another one gives, which is no rule for rows.
    pub(super) fn gives_all_of(&self, other: &Self) -> bool {
        let (own, others) = (self.compared(), other.compared());
        // An expression has no name, so two of them are not known to be one.
        let is_known = !own.contains('?') && !others.contains('?');
        let is_comparable =
            self.kind == IndexKind::Plain && !matches!(other.kind, IndexKind::Other(_));
        let serves = prefix(&own) == prefix(&others) || begins_with(&own, &others);
        !other.is_unique && is_known && is_comparable && serves
    }

    /// Returns whether this index makes another one redundant. Of two equal ones the first by name does.
    pub(super) fn comes_before(&self, other: &Self) -> bool {
        let is_equal =
            prefix(&self.compared()) == prefix(&other.compared()) && other.kind == IndexKind::Plain;
        self.name != other.name
            && self.gives_all_of(other)
            && (!is_equal || self.is_unique || self.name < other.name)
    }
}

/// Direction of a column in the text of an index.
const DOWNWARDS: &str = " DESC";

/// Returns columns without the id at the end, in which every index ends anyway.
fn prefix(columns: &str) -> &str {
    columns.strip_suffix(", id").unwrap_or(columns)
}

fn begins_with(columns: &str, other: &str) -> bool {
    let rest = columns.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
}
