//! The least rights each role needs.

use std::fmt;

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The recorder in each service.
    Writer,
    /// Whoever looks rows up.
    Reader,
    /// Whoever runs the migrations, at deployment.
    Migrator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Migrator => "migrator",
        })
    }
}

/// The `GRANT` statements of a role for MySQL and MariaDB, to be run by an administrator.
///
/// `account` is written as the server writes it, `'app'@'%'`; `database` is the name alone. Both are put into the text as they are
/// (the name quoted), so take them from a person, not from a request. SQLite has no accounts; there the file's owner decides.
///
/// The writer needs no right to change or delete rows. It may read, since the server wants that for the clause that
/// leaves a stored row alone, and it may set `event_id` alone, to itself.
///
/// The migrator must exist before the writer and the reader are granted rights on a table that is not there yet: run
/// the migrations first.
///
/// ```
/// use behavior_trace_runtime::{Role, grants};
///
/// assert_eq!(
///     grants(Role::Reader, "app", "'viewer'@'%'"),
///     ["GRANT SELECT ON `app`.`operational_activity` TO 'viewer'@'%'"],
/// );
/// ```
pub fn grants(role: Role, database: &str, account: &str) -> Vec<String> {
    let database = database.replace('`', "``");
    let rights: &[(&str, &str)] = match role {
        Role::Writer => &[("SELECT, INSERT, UPDATE (event_id)", "operational_activity")],
        Role::Reader => &[("SELECT", "operational_activity")],
        Role::Migrator => &[
            (
                "CREATE, ALTER, INDEX, DROP, SELECT, INSERT",
                "operational_activity",
            ),
            (
                "CREATE, SELECT, INSERT, UPDATE, DELETE",
                "_behavior_trace_migrations",
            ),
        ],
    };
    let grant = |(rights, table): &(&str, &str)| {
        format!("GRANT {rights} ON `{database}`.`{table}` TO {account}")
    };
    rights.iter().map(grant).collect()
}
