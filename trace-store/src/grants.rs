//! The least rights each role needs.

use std::fmt;

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The recorder in each service, on MySQL.
    Writer,
    /// The recorder in each service, on MariaDB, which asks for more (see [`grants`]).
    MariaDbWriter,
    /// Whoever looks rows up.
    Reader,
    /// Whoever runs the migrations, at deployment.
    Migrator,
    /// Whoever runs retention and erasure.
    Maintainer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Writer => "writer",
            Self::MariaDbWriter => "writer on MariaDB",
            Self::Reader => "reader",
            Self::Migrator => "migrator",
            Self::Maintainer => "keeper",
        })
    }
}

const MIGRATOR: &str = "CREATE, ALTER, INDEX, DROP, SELECT, INSERT";

const MARIADB_WRITER: &str = "SELECT, INSERT, UPDATE (event_id, occurred_at, actor_type, actor_id, action, resource, \
     resource_id, payload, correlation_id, request_id, route_name, ip_address, user_agent)";

/// The `GRANT` statements of a role for MySQL and MariaDB, to be run by an administrator.
///
/// `account` is written as the server writes it, `'app'@'%'`; `database` is the name alone. Both are put into the text as they are
/// (the name quoted), so take them from a person, not from a request. SQLite has no accounts; there the file's owner decides.
///
/// The writer's statement is one that leaves a stored row alone: it sets `event_id` to itself, or, where the row is another
/// event's, to NULL, which the server refuses. MySQL wants the right to read the table and to update that one column for it. MariaDB (10.11) wants the right to update every column that is
/// written, so there a writer could also change rows; whoever cannot have that keeps a copy out of its reach.
///
/// A server refuses column rights on a table that is not there: run the migrations before granting the writer's.
///
/// ```
/// use behavior_trace::schema::{Role, grants};
///
/// assert_eq!(
///     grants(Role::Reader, "app", "'viewer'@'%'"),
///     [
///         "GRANT SELECT ON `app`.`operational_activity` TO 'viewer'@'%'",
///         "GRANT SELECT ON `app`.`operational_activity_archive` TO 'viewer'@'%'",
///     ],
/// );
/// ```
pub fn grants(role: Role, database: &str, account: &str) -> Vec<String> {
    let database = database.replace('`', "``");
    let rights: &[(&str, &str)] = match role {
        Role::Writer => &[("SELECT, INSERT, UPDATE (event_id)", "operational_activity")],
        Role::MariaDbWriter => &[(MARIADB_WRITER, "operational_activity")],
        Role::Reader => &[
            ("SELECT", "operational_activity"),
            ("SELECT", "operational_activity_archive"),
        ],
        Role::Maintainer => &[
            ("SELECT, UPDATE, DELETE", "operational_activity"),
            ("SELECT, INSERT, UPDATE", "operational_activity_archive"),
        ],
        Role::Migrator => &[
            (MIGRATOR, "operational_activity"),
            (MIGRATOR, "operational_activity_archive"),
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
