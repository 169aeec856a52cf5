//! The minimal rights of each role.

use std::fmt;

/// Role of a database account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The recorder in each service, on MySQL.
    Writer,
    /// The recorder in each service, on MariaDB, which asks for more (see [`grants`]).
    MariaDbWriter,
    /// The account that queries rows.
    Reader,
    /// The account that runs the migrations, at deployment.
    Migrator,
    /// The account that runs retention and erasure.
    Maintainer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Writer => "writer",
            Self::MariaDbWriter => "writer on MariaDB",
            Self::Reader => "reader",
            Self::Migrator => "migrator",
            Self::Maintainer => "maintainer",
        })
    }
}

const MIGRATOR: &str = "CREATE, ALTER, INDEX, DROP, SELECT, INSERT";
/// The right to update is for a table that is taken over from PHP.
const MIGRATOR_OF_TABLE: &str = "CREATE, ALTER, INDEX, DROP, SELECT, INSERT, UPDATE";

const MARIADB_WRITER: &str = "SELECT, INSERT, UPDATE (event_id, occurred_at, actor_type, actor_id, action, resource, \
     resource_id, payload, correlation_id, request_id, route_name, ip_address, user_agent)";

/// Returns the `GRANT` statements of a role for MySQL and MariaDB, to be run by an administrator.
///
/// `account` is in the server's syntax, `'app'@'%'`; `database` is the name alone. The account goes into the statements
/// unchanged, the database name quoted. Take both from a person, never from a request. SQLite has no accounts; the owner of
/// the file decides there.
///
/// The writer's statement leaves a stored row unchanged. It sets `event_id` to itself, or to NULL if the row belongs to
/// another event, and the server refuses NULL. For this, MySQL requires the right to read the table and to update that one
/// column. MariaDB (10.11) requires the right to update every written column, so a writer could also change rows there. If
/// that is not acceptable, keep a copy out of its reach.
///
/// A server refuses column rights on a missing table: run the migrations before granting the writer's rights.
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
            (MIGRATOR_OF_TABLE, "operational_activity"),
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
