//! A `GRANT` statement, as a server shows it and as `grants` writes it.

/// Rights on a part of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) rights: Vec<Right>,
    pub(super) scope: Scope,
}

/// A right, on some columns or on all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Right {
    /// Its name, in upper case.
    pub(super) name: String,
    /// Its columns; empty for all.
    pub(super) columns: Vec<String>,
}

/// What a grant is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Server,
    /// A pattern for names of databases.
    Database(String),
    Table {
        database: String,
        table: String,
    },
}

/// Right to everything.
pub(super) const ALL: &str = "ALL PRIVILEGES";
/// Right to give rights.
pub(super) const GRANT_OPTION: &str = "GRANT OPTION";

impl Grant {
    /// Reads a statement. Returns `None` for a grant of a role, of a routine or of a proxy.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("GRANT ")?;
        let (rights, rest) = outside_quotes(rest, " ON ")?;
        let (object, rest) = outside_quotes(rest, " TO ")?;
        let mut rights = read_rights(rights);
        // Limits of the account may follow, such as `MAX_QUERIES_PER_HOUR 90`.
        let options = rest.rsplit_once(" WITH ").map(|(_, options)| options);
        if options.is_some_and(|options| options.starts_with(GRANT_OPTION)) {
            rights.push(Right {
                name: GRANT_OPTION.to_owned(),
                columns: Vec::new(),
            });
        }
        let scope = Scope::parse(object)?;
        Some(Self { rights, scope })
    }

    /// Reads a statement that takes rights back on one database, which MySQL shows beside the rights on the server.
    pub(super) fn parse_revoke(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("REVOKE ")?;
        let (rights, rest) = outside_quotes(rest, " ON ")?;
        let (object, _) = outside_quotes(rest, " FROM ")?;
        Some(Self {
            rights: read_rights(rights),
            scope: Scope::parse(object)?,
        })
    }

    /// Returns whether it is on this table.
    pub(super) fn covers(&self, database: &str, table: &str) -> bool {
        match &self.scope {
            Scope::Server => true,
            Scope::Database(pattern) => is_like(database, pattern),
            Scope::Table {
                database: of,
                table: named,
            } => of == database && named == table,
        }
    }

    /// Returns whether it gives a right on a column, or on all columns if none is named.
    pub(super) fn gives(&self, name: &str, column: Option<&str>) -> bool {
        self.rights.iter().any(|right| {
            let has_columns = right.columns.is_empty()
                || column.is_some_and(|column| right.columns.iter().any(|one| one == column));
            (right.name == name || right.name == ALL && name != GRANT_OPTION) && has_columns
        })
    }
}

impl Scope {
    fn parse(object: &str) -> Option<Self> {
        let object = object.strip_prefix("TABLE ").unwrap_or(object);
        if object == "*.*" {
            return Some(Self::Server);
        }
        let (database, rest) = read_name(object)?;
        let table = rest.strip_prefix('.')?;
        if table == "*" {
            return Some(Self::Database(database));
        }
        let (table, rest) = read_name(table)?;
        rest.is_empty().then_some(Self::Table { database, table })
    }

    /// Returns it as a server writes it.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::Server => "*.*".to_owned(),
            Self::Database(pattern) => format!("`{pattern}`.*"),
            Self::Table { database, table } => format!("`{database}`.`{table}`"),
        }
    }
}

/// Splits a text at the first `mark` that is in no quotes and no parentheses.
fn outside_quotes<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let mut quoted = false;
    let mut depth = 0_u32;
    for (at, character) in text.char_indices() {
        match character {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !quoted && depth == 0 && text[at..].starts_with(mark) {
            return Some((&text[..at], &text[at + mark.len()..]));
        }
    }
    None
}

fn read_rights(mut text: &str) -> Vec<Right> {
    let mut rights = Vec::new();
    while !text.is_empty() {
        let (one, rest) = outside_quotes(text, ",").unwrap_or((text, ""));
        let (name, columns) = match one.split_once('(') {
            Some((name, columns)) => (name, columns.trim_end().trim_end_matches(')')),
            None => (one, ""),
        };
        let columns = columns
            .split(',')
            .map(|column| column.trim().trim_matches('`'));
        let columns = columns.filter(|column| !column.is_empty());
        rights.push(Right {
            name: match name.trim().to_uppercase().as_str() {
                "ALL" => ALL.to_owned(),
                name => name.to_owned(),
            },
            columns: columns.map(str::to_owned).collect(),
        });
        text = rest;
    }
    rights
}

/// Reads a name in backticks, in which a backtick is doubled.
fn read_name(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('`')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('`')?;
        name.push_str(part);
        match after.strip_prefix('`') {
            Some(after) => {
                name.push('`');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// Compares a name with a pattern: `%` stands for any text, `_` for one character, and a backslash makes the next character
/// stand for itself.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut characters = pattern.chars();
    match characters.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = characters.as_str();
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| is_like(&name[at..], rest))
        }
        Some(first) => {
            let wanted = match first {
                '_' => None,
                '\\' => characters.next(),
                first => Some(first),
            };
            let mut name = name.chars();
            name.next().is_some_and(|found| {
                wanted.is_none_or(|wanted| wanted == found)
                    && is_like(name.as_str(), characters.as_str())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(name: &str, columns: &[&str]) -> Right {
        Right {
            name: name.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        }
    }

    #[test]
    fn the_lines_of_both_servers_are_read() {
        let table = Scope::Table {
            database: "a`b".to_owned(),
            table: "t ON x".to_owned(),
        };
        for (text, scope, rights) in [
            (
                "GRANT SELECT, INSERT, UPDATE (`event_id`, `ON`) ON `a``b`.`t ON x` TO `w`@`%`",
                table,
                vec![
                    right("SELECT", &[]),
                    right("INSERT", &[]),
                    right("UPDATE", &["event_id", "ON"]),
                ],
            ),
            (
                "GRANT ALL PRIVILEGES ON `app\\_x`.* TO `w`@`%` WITH GRANT OPTION",
                Scope::Database("app\\_x".to_owned()),
                vec![right(ALL, &[]), right(GRANT_OPTION, &[])],
            ),
            (
                "GRANT USAGE ON *.* TO `w`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC'",
                Scope::Server,
                vec![right("USAGE", &[])],
            ),
            (
                "GRANT BINLOG_ADMIN,SUPER ON *.* TO `w`@`%`",
                Scope::Server,
                vec![right("BINLOG_ADMIN", &[]), right("SUPER", &[])],
            ),
        ] {
            assert_eq!(Grant::parse(text), Some(Grant { rights, scope }), "{text}");
        }
        let limited = "GRANT SELECT ON *.* TO `w`@`%` IDENTIFIED BY PASSWORD '*B6' WITH GRANT OPTION MAX_QUERIES_PER_HOUR 9";
        let limited = Grant::parse(limited).expect("a grant");
        assert!(limited.gives(GRANT_OPTION, None));
        let limited = "GRANT SELECT ON *.* TO `w`@`%` WITH MAX_QUERIES_PER_HOUR 9";
        assert!(
            !Grant::parse(limited)
                .expect("a grant")
                .gives(GRANT_OPTION, None)
        );
        for other in [
            "GRANT `r`@`%` TO `w`@`%`",
            "GRANT EXECUTE ON PROCEDURE `a`.`p` TO `w`@`%`",
            "GRANT PROXY ON ``@`%` TO `root`@`localhost` WITH GRANT OPTION",
            "REVOKE INSERT ON `a`.* FROM `w`@`%`",
        ] {
            assert_eq!(Grant::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_covers_the_databases_that_it_names() {
        for (name, pattern, is_covered) in [
            ("app", "app", true),
            ("app", "a%", true),
            ("app", "%", true),
            ("app_x", "app_x", true),
            ("app-x", "app_x", true),
            ("app-x", "app\\_x", false),
            ("app_x", "app\\_x", true),
            ("application", "app", false),
            ("", "%", true),
            ("äpp", "_pp", true),
        ] {
            assert_eq!(is_like(name, pattern), is_covered, "{name} {pattern}");
        }
    }

    #[test]
    fn a_right_on_all_columns_is_one_on_each() {
        let grant = |text: &str| Grant::parse(text).expect("a grant");
        let whole = grant("GRANT UPDATE ON `a`.`t` TO `w`");
        assert!(whole.gives("UPDATE", Some("x")) && whole.gives("UPDATE", None));
        let one = grant("GRANT UPDATE (`x`) ON `a`.`t` TO `w`");
        assert!(one.gives("UPDATE", Some("x")));
        assert!(!one.gives("UPDATE", Some("y")) && !one.gives("UPDATE", None));
        let all = grant("GRANT ALL ON `a`.`t` TO `w`");
        assert!(all.gives("DELETE", None) && !all.gives(GRANT_OPTION, None));
    }
}
