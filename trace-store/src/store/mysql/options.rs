//! Options from a `mysql://` URL, and the further settings of a connection.

use std::fmt;
use std::net::IpAddr;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use url::Url;

use super::hosts::{self, Hosts};
use super::set_up::Learned;
use crate::store::sql::STATEMENT_SIZES;
use crate::store::url::DatabaseUrlError;

/// Maximum size of a request where two writes may take 40 ms, unless a single row is larger. It fits into one TLS record and
/// goes out in one write. The driver leaves the kernel's delay of small segments on (sqlx 0.9.0; see
/// [0083](../../../../docs/adr/0083-write-nothing-twice-before-an-answer.md)).
pub(super) const RECORD: usize = 15 * 1024;

/// Number of statements that a connection keeps prepared: one for each insert size, and a few others.
pub(super) const STATEMENTS_KEPT: usize = STATEMENT_SIZES.len() + 6;

const PARAMETERS: [&str; 9] = [
    "socket", "ssl-mode", "sslmode", "ssl-ca", "sslca", "ssl-cert", "sslcert", "ssl-key", "sslkey",
];

/// Parameters that an application's own URL may contain for its sessions. The recorder's sessions set these values
/// themselves.
const OF_OTHERS: [&str; 5] = [
    "charset",
    "collation",
    "timezone",
    "time-zone",
    "statement-cache-capacity",
];

/// Options of a URL: sqlx's for each host, wrapped because their own `Debug` prints the password.
#[derive(Clone)]
pub(crate) struct Options {
    pub(super) hosts: Hosts,
    shown: String,
    /// Names of the parameters that were ignored.
    pub(crate) ignored: Vec<&'static str>,
}

impl Options {
    pub(crate) fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let parsed: Result<Vec<_>, _> = hosts::split(text)
            .iter()
            .map(|text| Self::parse_one(text))
            .collect();
        let parsed = parsed?;
        let is_socket =
            |(connect, ..): &(MySqlConnectOptions, _, _)| connect.get_socket().is_some();
        if parsed.len() > 1 && parsed.iter().any(is_socket) {
            return Err(DatabaseUrlError::new(
                "a socket is of one server; leave `socket` out, or name one host",
            ));
        }
        let hosts: Vec<_> = parsed.iter().map(|(_, url, _)| host_of(url)).collect();
        // A text is split into one URL at least.
        let (_, url, ignored) = &parsed[0];
        Ok(Self {
            shown: format!(
                "mysql://{}@{}{}",
                url.username(),
                hosts.join(","),
                url.path()
            ),
            ignored: ignored.clone(),
            hosts: Hosts::new(parsed.into_iter().map(|(connect, ..)| connect).collect()),
        })
    }

    /// Returns options for the same hosts with another database.
    pub(super) fn in_database(&self, name: &str) -> Self {
        Self {
            hosts: self.hosts.map(|host| host.clone().database(name)),
            ..self.clone()
        }
    }

    pub(crate) const fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Returns the name of the database, the same on each host.
    pub(crate) fn database_name(&self) -> &str {
        self.hosts.front().get_database().unwrap_or_default()
    }

    /// Returns the options of the first host.
    #[cfg(test)]
    pub(crate) fn connect(&self) -> &MySqlConnectOptions {
        self.hosts.front()
    }

    fn parse_one(
        text: &str,
    ) -> Result<(MySqlConnectOptions, Url, Vec<&'static str>), DatabaseUrlError> {
        let refused = DatabaseUrlError::new;
        // MariaDB's scheme is only another spelling of MySQL's.
        let spelled = text
            .strip_prefix("mariadb:")
            .map(|rest| format!("mysql:{rest}"));
        let mut url: Url = spelled
            .as_deref()
            .unwrap_or(text)
            .parse()
            .map_err(|error| {
                refused(format!(
                    "{error}; percent-encode special characters of the user name and password"
                ))
            })?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refused(
                "no host; write `mysql://user:password@host:3306/database`".into(),
            ));
        }
        if [Some(url.path()), url.fragment()]
            .into_iter()
            .flatten()
            .any(|rest| rest.contains('@'))
        {
            return Err(refused(
                "there is an `@` behind the host; percent-encode special characters of the user name and password".into(),
            ));
        }
        if url.path().trim_matches('/').is_empty() {
            return Err(refused(
                "no database; name it after the host: `mysql://user@host/database`".into(),
            ));
        }
        let ignored = leave_out(&mut url);
        if let Some((unknown, _)) = url
            .query_pairs()
            .find(|(key, _)| !PARAMETERS.contains(&key.as_ref()))
        {
            return Err(refused(unknown_parameter(&url, &unknown)));
        }
        let connect =
            MySqlConnectOptions::from_url(&url).map_err(|error| refused(error.to_string()))?;
        Ok((secured(connect, &url), url, ignored))
    }
}

/// Returns the maximum number of bytes in a statement with several rows. Over TLS a larger statement is written in
/// several pieces, and each waits for the acknowledgement of the previous one. On a network the segments are full before
/// that size; on this machine they have 64 KiB.
pub(super) fn statement_size(host: &MySqlConnectOptions, learned: &Learned) -> usize {
    let is_encrypted = match host.get_ssl_mode() {
        MySqlSslMode::Disabled => false,
        MySqlSslMode::Preferred => learned.offers_tls,
        _ => true,
    };
    let is_near = is_this_machine(host.get_host());
    if is_encrypted && is_near && host.get_socket().is_none() {
        RECORD
    } else {
        usize::MAX
    }
}

/// Removes the parameters for other sessions from the URL, and returns their names.
fn leave_out(url: &mut Url) -> Vec<&'static str> {
    let of_others = |key: &str| OF_OTHERS.into_iter().find(|name| *name == key);
    let ignored: Vec<_> = url
        .query_pairs()
        .filter_map(|(key, _)| of_others(&key))
        .collect();
    if !ignored.is_empty() {
        let rest: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| of_others(key).is_none())
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
    }
    ignored
}

/// Returns the error for an unknown parameter. The name is not repeated if it may be the rest of a password that contains a
/// `?`.
fn unknown_parameter(url: &Url, unknown: &str) -> String {
    if url.query().unwrap_or_default().contains('@') {
        return "there is an `@` behind the `?`; percent-encode special characters of the user name and password"
            .to_owned();
    }
    format!(
        "unknown parameter `{unknown}`; known are `socket`, `ssl-mode`, `ssl-ca`, `ssl-cert` and `ssl-key`"
    )
}

/// Applies the defaults for security and logging. Unless the URL sets a mode, plain text stays on this machine. sqlx logs no
/// statements, because a `tracing` layer of the recorder would receive its own work.
fn secured(connect: MySqlConnectOptions, url: &Url) -> MySqlConnectOptions {
    let says = |names: [&str; 2]| {
        url.query_pairs()
            .any(|(key, _)| names.contains(&key.as_ref()))
    };
    let connect = connect
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    if says(["ssl-mode", "sslmode"]) {
        connect
    } else if says(["socket", "socket"]) {
        // The traffic stays on this machine, and TLS over a socket ends in a broken pipe on MySQL.
        connect.ssl_mode(MySqlSslMode::Disabled)
    } else if is_this_machine(url.host_str().unwrap_or_default()) {
        connect
    } else {
        connect.ssl_mode(MySqlSslMode::Required)
    }
}

pub(super) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options({self})")
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> String {
        let options = Options::parse(url).expect(url);
        format!("{:?}", options.connect().get_ssl_mode())
    }

    #[test]
    fn a_remote_host_means_tls_unless_the_url_says_otherwise() {
        assert_eq!(mode("mysql://app@db.internal/app"), "Required");
        assert_eq!(mode("mysql://app@10.0.0.7/app"), "Required");
        assert_eq!(mode("mariadb://app@[2001:db8::1]/app"), "Required");
        assert_eq!(
            mode("mysql://app@db.internal/app?ssl-mode=disabled"),
            "Disabled"
        );
        assert_eq!(
            mode("mysql://app@db.internal/app?ssl-mode=verify_identity"),
            "VerifyIdentity"
        );
        for near in ["localhost", "127.0.0.1", "[::1]"] {
            let url = format!("mysql://app@{near}/app");
            assert_eq!(mode(&url), "Preferred", "{near}");
        }
        assert_eq!(
            mode("mysql://app@db.internal/app?socket=/run/mysqld.sock"),
            "Disabled"
        );
    }

    #[test]
    fn a_statement_is_one_record_of_tls_on_this_machine_alone() {
        let statement = |url: &str, offers_tls| {
            let options = Options::parse(url).expect(url);
            let learned = Learned {
                is_read_only: false,
                is_in_galera: false,
                packet: 1 << 24,
                is_mariadb: false,
                offers_tls,
                logs_statements: false,
            };
            statement_size(options.connect(), &learned) == RECORD
        };
        for near in ["localhost", "127.0.0.1", "[::1]"] {
            let url = format!("mysql://app@{near}/app");
            assert!(statement(&url, true) && !statement(&url, false), "{near}");
            assert!(statement(&format!("{url}?ssl-mode=required"), true));
            assert!(!statement(&format!("{url}?ssl-mode=disabled"), true));
            assert!(!statement(&format!("{url}?socket=/run/mysqld.sock"), true));
        }
        assert!(!statement("mysql://app@db.internal/app", true));
    }

    #[test]
    fn only_the_scheme_is_spelled_anew() {
        for url in [
            "mysql://app:mariadb:x@db/app",
            "mariadb://app:mariadb:x@db/app",
        ] {
            let options = Options::parse(url).expect(url);
            let password = options
                .connect()
                .to_url_lossy()
                .password()
                .map(str::to_owned);
            assert_eq!(password.as_deref(), Some("mariadb%3Ax"), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let options = Options::parse("mysql://app:hunter2@db:3307/app?ssl-ca=/etc/ca.pem")
            .expect("a good URL");
        assert_eq!(options.to_string(), "mysql://app@db:3307/app");
        for bad in [
            "mysql://app:hunter2@db:port/app",
            "mysql://app:hunter2@db/app?charsets=latin1",
            "mysql://app:33/hunter2@db/app",
            "mysql://app:33#hunter2@db/app",
            "mysql://app:33/hun#ter2@db/hunter2",
            "mysql://app:hunter2@db",
            "mysql://app:hunter2@/app",
            "mysql://app:3307/my?hunter2=x@db/app",
            "mysql://app:hunter2@db/app?ssl-mode=maybe",
        ] {
            let error = Options::parse(bad).err().map(|error| error.to_string());
            assert!(
                error
                    .as_ref()
                    .is_some_and(|error| !error.contains("hunter2")),
                "{bad}: {error:?}"
            );
        }
    }

    #[test]
    fn what_an_application_says_for_its_own_sessions_is_left_out_and_named() {
        let url = "mysql://app@localhost/app?charset=latin1&ssl-mode=required&timezone=SYSTEM&statement-cache-capacity=0";
        let options = Options::parse(url).expect("a good URL");
        assert_eq!(
            options.ignored,
            ["charset", "timezone", "statement-cache-capacity"]
        );
        let plain = Options::parse("mysql://app@localhost/app?ssl-mode=required").expect("so");
        let connect = |options: &Options| format!("{:?}", options.connect());
        assert_eq!(connect(&options), connect(&plain));
        assert!(plain.ignored.is_empty());
    }

    #[test]
    fn each_of_several_hosts_is_checked_and_shown() {
        let options = Options::parse("mysql://app:hunter2@one,two:3307/app").expect("a good URL");
        assert_eq!(options.to_string(), "mysql://app@one,two:3307/app");
        for (bad, reason) in [
            ("mysql://app@one,/app", "empty host"),
            ("mysql://app@,two/app", "empty host"),
            ("mysql://app@one,two:x/app", "port"),
            ("mysql://app@localhost,two/app?socket=/run/s", "a socket"),
        ] {
            let error = Options::parse(bad).expect_err("refused").to_string();
            assert!(error.contains(reason), "{bad}: {error}");
        }
    }
}
