//! Which rights are needed, which are shown as given, and which are too many.

use super::grant::{ALL, GRANT_OPTION, Grant, Right, Scope};

/// Rights that change or destroy rows or the table, or pass such rights on.
const CHANGING: [&str; 10] = [
    ALL,
    "INSERT",
    "UPDATE",
    "DELETE",
    "DROP",
    "ALTER",
    "INDEX",
    "TRIGGER",
    "SUPER",
    GRANT_OPTION,
];
/// Tables of the recorder.
const TABLES: [&str; 3] = [
    "operational_activity",
    "operational_activity_archive",
    "_behavior_trace_migrations",
];

/// The rights of an account, as a server shows them.
#[derive(Debug, Default)]
pub(super) struct ShownRights {
    given: Vec<Grant>,
    /// What is taken back, on one database each, of the rights on the server.
    revoked: Vec<Grant>,
}

impl ShownRights {
    pub(super) fn of<'t>(lines: impl Iterator<Item = &'t str> + Clone) -> Self {
        Self {
            given: lines.clone().filter_map(Grant::parse).collect(),
            revoked: lines.filter_map(Grant::parse_revoke).collect(),
        }
    }

    /// Returns whether a right of a grant is taken back on a database, whose name stands for itself there.
    fn is_revoked(&self, grant: &Grant, right: &str, database: &str) -> bool {
        let is_on =
            |revoked: &&Grant| matches!(&revoked.scope, Scope::Database(name) if name == database);
        let mut revoked = self.revoked.iter().filter(is_on);
        grant.scope == Scope::Server && revoked.any(|revoked| revoked.gives(right, None))
    }
}

/// A right that a role needs on a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) right: Right,
    pub(super) database: String,
    pub(super) table: String,
}

/// Returns the needs that a statement of `grants` meets.
pub(super) fn needs(statement: &str) -> Vec<Need> {
    let Some(Grant {
        rights,
        scope: Scope::Table { database, table },
    }) = Grant::parse(statement)
    else {
        return Vec::new();
    };
    let need = |right| Need {
        right,
        database: database.clone(),
        table: table.clone(),
    };
    rights.into_iter().map(need).collect()
}

impl Need {
    /// Returns a statement that needs the right and changes nothing even if it were run; `None` if there is none.
    pub(super) fn trial(&self) -> Option<String> {
        let table = format!(
            "`{}`.`{}`",
            self.database.replace('`', "``"),
            self.table.replace('`', "``")
        );
        Some(match self.right.name.as_str() {
            "SELECT" => format!("SELECT * FROM {table} WHERE FALSE"),
            "INSERT" => format!("INSERT INTO {table} SELECT * FROM {table} WHERE FALSE"),
            "DELETE" => format!("DELETE FROM {table} WHERE FALSE"),
            "UPDATE" if self.right.columns.is_empty() => {
                let column = if self.table == TABLES[2] {
                    "version"
                } else {
                    "id"
                };
                format!("UPDATE {table} SET {column} = {column} WHERE FALSE")
            }
            "UPDATE" => {
                let columns = self.right.columns.iter();
                let each: Vec<_> = columns
                    .map(|column| format!("{column} = {column}"))
                    .collect();
                format!("UPDATE {table} SET {} WHERE FALSE", each.join(", "))
            }
            _ => return None,
        })
    }

    /// Returns the right with its columns; many are counted.
    pub(super) fn spelled(&self) -> String {
        spelled(&self.right)
    }
}

fn spelled(right: &Right) -> String {
    match right.columns.as_slice() {
        [] => right.name.clone(),
        columns if columns.len() > 3 => format!("{} ({} columns)", right.name, columns.len()),
        columns => format!("{} ({})", right.name, columns.join(", ")),
    }
}

/// Returns whether the server shows that a need is met.
pub(super) fn shows(shown: &ShownRights, need: &Need) -> bool {
    let covering: Vec<_> = shown
        .given
        .iter()
        .filter(|grant| grant.covers(&need.database, &need.table))
        .filter(|grant| !shown.is_revoked(grant, &need.right.name, &need.database))
        .collect();
    let has = |column: Option<&str>| {
        covering
            .iter()
            .any(|grant| grant.gives(&need.right.name, column))
    };
    match need.right.columns.as_slice() {
        [] => has(None),
        columns => columns.iter().all(|column| has(Some(column))),
    }
}

/// Returns the changing rights that are given and not needed, with what they are on. A right on more than a table is too much
/// if the role needs it on no table.
pub(super) fn excess(shown: &ShownRights, statements: &[String], database: &str) -> Vec<String> {
    let needs: Vec<_> = statements
        .iter()
        .flat_map(|statement| needs(statement))
        .collect();
    let of_recorder = |grant: &&Grant| TABLES.iter().any(|table| grant.covers(database, table));
    let excess = shown.given.iter().filter(of_recorder).filter_map(|grant| {
        let is_needed = |right: &Right| {
            needs.iter().any(|need| {
                need.right.name == right.name
                    && grant.covers(&need.database, &need.table)
                    && is_within(&right.columns, &need.right.columns)
            })
        };
        let rights = grant.rights.iter();
        let is_changing = |right: &&Right| {
            CHANGING.contains(&&*right.name) && !shown.is_revoked(grant, &right.name, database)
        };
        let rights = rights.filter(|right| is_changing(right) && !is_needed(right));
        let names: Vec<_> = rights.map(spelled).collect();
        (!names.is_empty()).then(|| format!("{} on {}", names.join(", "), grant.scope.spelled()))
    });
    excess.collect()
}

/// Returns whether these columns are among the needed ones; none stands for all.
fn is_within(columns: &[String], needed: &[String]) -> bool {
    needed.is_empty() || !columns.is_empty() && columns.iter().all(|column| needed.contains(column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::{Role, grants};

    fn given(lines: &[&str]) -> ShownRights {
        ShownRights::of(lines.iter().copied())
    }

    fn excess_of(role: Role, lines: &[&str]) -> Vec<String> {
        excess(&given(lines), &grants(role, "app", "'w'@'%'"), "app")
    }

    #[test]
    fn the_rights_of_a_role_meet_its_needs_and_are_not_too_many() {
        for role in [
            Role::Writer,
            Role::MariaDbWriter,
            Role::Reader,
            Role::Maintainer,
            Role::Migrator,
        ] {
            let statements = grants(role, "app", "'w'@'%'");
            let lines: Vec<_> = statements.iter().map(String::as_str).collect();
            let own = given(&lines);
            assert_eq!(own.given.len(), statements.len(), "{role}");
            for need in statements.iter().flat_map(|statement| needs(statement)) {
                assert!(shows(&own, &need), "{role}: {need:?}");
                assert!(!shows(&given(&["GRANT USAGE ON *.* TO `w`@`%`"]), &need));
            }
            assert_eq!(excess_of(role, &lines), Vec::<String>::new(), "{role}");
        }
    }

    #[test]
    fn what_a_writer_does_not_need_is_too_much() {
        for (line, expected) in [
            (
                "GRANT ALL PRIVILEGES ON `app`.* TO `w`@`%`",
                "ALL PRIVILEGES on `app`.*",
            ),
            (
                "GRANT SELECT, INSERT, DELETE ON `app`.* TO `w`@`%`",
                "DELETE on `app`.*",
            ),
            ("GRANT UPDATE ON *.* TO `w`@`%`", "UPDATE on *.*"),
            (
                "GRANT UPDATE (`action`, `event_id`) ON `app`.`operational_activity` TO `w`@`%`",
                "UPDATE (action, event_id) on `app`.`operational_activity`",
            ),
            (
                "GRANT INSERT ON `app`.`operational_activity_archive` TO `w`@`%`",
                "INSERT on `app`.`operational_activity_archive`",
            ),
            (
                "GRANT SELECT ON `app`.* TO `w`@`%` WITH GRANT OPTION",
                "GRANT OPTION on `app`.*",
            ),
        ] {
            assert_eq!(excess_of(Role::Writer, &[line]), [expected], "{line}");
        }
        for fine in [
            "GRANT ALL PRIVILEGES ON `other`.* TO `w`@`%`",
            "GRANT DELETE ON `app`.`orders` TO `w`@`%`",
            "GRANT SELECT, INSERT, CREATE TEMPORARY TABLES ON `app`.* TO `w`@`%`",
            "GRANT USAGE ON *.* TO `w`@`%`",
        ] {
            assert_eq!(
                excess_of(Role::Writer, &[fine]),
                Vec::<String>::new(),
                "{fine}"
            );
        }
    }

    #[test]
    fn a_right_on_the_server_is_taken_back_on_one_database() {
        let lines = |of| {
            [
                "GRANT SELECT, DROP, DELETE ON *.* TO `w`@`%`".to_owned(),
                format!("REVOKE DROP, DELETE ON `{of}`.* FROM `w`@`%`"),
            ]
        };
        for (of, is_given) in [("app", false), ("a%", true), ("other", true)] {
            let lines = lines(of);
            let lines = [&*lines[0], &*lines[1]];
            let need = needs("GRANT DROP ON `app`.`operational_activity` TO `w`");
            assert_eq!(shows(&given(&lines), &need[0]), is_given, "{of}");
            assert_eq!(
                excess_of(Role::Writer, &lines).is_empty(),
                !is_given,
                "{of}"
            );
        }
        let own = "GRANT DROP ON `app`.* TO `w`@`%`";
        let lines = lines("app");
        let need = needs("GRANT DROP ON `app`.`operational_activity` TO `w`");
        assert!(shows(&given(&[&lines[0], &lines[1], own]), &need[0]));
    }
}
