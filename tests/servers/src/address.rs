//! URLs of servers and of the databases on them.

use std::net::{Ipv4Addr, SocketAddr};

use url::Url;

use crate::external::percent_decoded;
use crate::{Kind, ServerError};

/// User of the tests. Like an application, it has all rights on every database, and none over the server.
pub(crate) const USER: &str = "trace";
/// Password of that user over TCP. The socket needs none.
pub(crate) const PASSWORD: &str = "trace";

/// Returns the URL of a local test server on `port`.
pub(crate) fn local(kind: Kind, port: u16) -> Result<Url, ServerError> {
    let tls = match kind {
        // MySQL's default authentication sends a password only over TLS.
        Kind::MySql => "REQUIRED",
        Kind::MariaDb => "DISABLED",
    };
    let host = Ipv4Addr::LOCALHOST;
    parse(&format!(
        "mysql://{USER}:{PASSWORD}@{host}:{port}/?ssl-mode={tls}"
    ))
}

/// Parses the URL of a server.
pub(crate) fn parse(text: &str) -> Result<Url, ServerError> {
    let url = Url::parse(text).map_err(|e| ServerError::unusable("the address", e.to_string()))?;
    if !matches!(url.scheme(), "mysql" | "mariadb") {
        return Err(ServerError::unusable(
            url.scheme(),
            "an address starts with mysql://",
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ServerError::unusable(
            "the address",
            "it names no host: mysql://user:password@host:port",
        ));
    }
    Ok(url)
}

/// Returns the URL of a database; an empty name selects none.
pub(crate) fn with_database(server: &Url, database: &str) -> String {
    let mut url = server.clone();
    url.set_path(&format!("/{database}"));
    url.into()
}

/// Returns the URL of the same server through a proxy.
pub(crate) fn through(server: &Url, proxy: SocketAddr) -> Result<Url, ServerError> {
    let mut url = server.clone();
    let moved = url
        .set_ip_host(proxy.ip())
        .and_then(|()| url.set_port(Some(proxy.port())));
    moved.map_err(|()| ServerError::unusable(proxy.to_string(), "it is no place for a server"))?;
    Ok(url)
}

/// Returns `host:port`, the form of `TcpStream::connect`.
pub(crate) fn host_and_port(server: &Url) -> String {
    format!(
        "{}:{}",
        server.host_str().unwrap_or_default(),
        server.port().unwrap_or(3306)
    )
}

/// Returns the address of a database as the options of a script in PHP.
pub(crate) fn for_php(database: &Url) -> [String; 3] {
    let host = database.host_str().unwrap_or_default();
    let port = database.port().unwrap_or(3306);
    let name = database.path().trim_start_matches('/');
    [
        format!("--dsn=mysql:host={host};port={port};dbname={name};charset=utf8mb4"),
        format!("--user={}", percent_decoded(database.username())),
        format!(
            "--password={}",
            percent_decoded(database.password().unwrap_or_default())
        ),
    ]
}

/// Refuses names that would need quoting.
pub(crate) fn check_database(name: &str) -> Result<(), ServerError> {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && (1..=64).contains(&name.len()) {
        return Ok(());
    }
    Err(ServerError::unusable(
        name,
        "a database of a test has 1 to 64 letters, digits and underscores for a name",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_keeps_user_host_and_options_of_its_server() {
        let server = parse("mysql://u:p%40ss@db.test:3307/other?ssl-mode=REQUIRED").unwrap();
        assert_eq!(
            with_database(&server, "orders"),
            "mysql://u:p%40ss@db.test:3307/orders?ssl-mode=REQUIRED"
        );
        assert_eq!(
            with_database(&server, ""),
            "mysql://u:p%40ss@db.test:3307/?ssl-mode=REQUIRED"
        );
    }

    #[test]
    fn mysql_is_spoken_to_over_tls() {
        let url = with_database(&local(Kind::MySql, 20_001).unwrap(), "d");
        assert_eq!(
            url,
            "mysql://trace:trace@127.0.0.1:20001/d?ssl-mode=REQUIRED"
        );
    }

    #[test]
    fn a_proxy_changes_the_place_alone() {
        let server = local(Kind::MariaDb, 20_001).unwrap();
        let moved = through(&server, SocketAddr::from(([127, 0, 0, 1], 999))).unwrap();
        assert_eq!(
            with_database(&moved, "d"),
            "mysql://trace:trace@127.0.0.1:999/d?ssl-mode=DISABLED"
        );
        assert_eq!(host_and_port(&moved), "127.0.0.1:999");
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_repeating_its_password() {
        for bad in [
            "postgres://u:secret@h/",
            "secret",
            "mysql:secret",
            "mysql:///secret",
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn php_receives_an_address_in_parts() {
        let url = parse("mysql://u:p%40ss@db.test:3307/orders?ssl-mode=REQUIRED").unwrap();
        assert_eq!(
            for_php(&url),
            [
                "--dsn=mysql:host=db.test;port=3307;dbname=orders;charset=utf8mb4",
                "--user=u",
                "--password=p@ss"
            ]
        );
    }

    #[test]
    fn a_database_name_that_needs_quotes_is_refused() {
        assert!(check_database("a_failed_call_leaves_no_row").is_ok());
        for bad in ["", "a-b", "a`b", &"x".repeat(65)] {
            assert!(check_database(bad).is_err(), "{bad}");
        }
    }
}
