//! The kinds of server, and their names, packages and images.

use std::fmt;

/// Kind of database server that the project is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// MySQL by Oracle.
    MySql,
    /// MariaDB.
    MariaDb,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::MariaDb, Self::MySql];

    /// Returns the short name for files and arguments: `mysql`, `mariadb`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
        }
    }

    /// Returns the environment variable with the URL of a running server of this kind.
    pub const fn url_variable(self) -> &'static str {
        match self {
            Self::MySql => "BEHAVIOR_TRACE_TEST_MYSQL_URL",
            Self::MariaDb => "BEHAVIOR_TRACE_TEST_MARIADB_URL",
        }
    }

    /// Returns the possible names of the server's binary, best first.
    pub(crate) const fn server_binaries(self) -> &'static [&'static str] {
        match self {
            Self::MySql => &["mysqld"],
            Self::MariaDb => &["mariadbd", "mysqld"],
        }
    }

    /// Returns the possible names of the client's binary, best first.
    pub(crate) const fn client_binaries(self) -> &'static [&'static str] {
        match self {
            Self::MySql => &["mysql"],
            Self::MariaDb => &["mariadb", "mysql"],
        }
    }

    /// Returns the sets of packages with server and client, best first: newer distributions omit the version from the name.
    pub(crate) const fn packages(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::MySql => &[
                &["mysql-server-core", "mysql-client-core"],
                &["mysql-server-core-8.4", "mysql-client-core-8.4"],
                &["mysql-server-core-8.0", "mysql-client-core-8.0"],
            ],
            Self::MariaDb => &[
                &["mariadb-server-core", "mariadb-client-core"],
                &["mariadb-server-core-10.6", "mariadb-client-core-10.6"],
            ],
        }
    }

    /// Returns the container image.
    pub(crate) const fn image(self) -> &'static str {
        match self {
            Self::MySql => "mysql:9",
            Self::MariaDb => "mariadb:11",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        })
    }
}
