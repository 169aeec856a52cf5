//! Remedies for the errors of a first setup, such as no database, no rights or a wrong port.

use std::io;

/// Returns the remedy for a server's error code, to be appended to the server's message.
pub(super) const fn of_code(number: u16) -> Option<&'static str> {
    Some(match number {
        1040 => {
            "raise `max_connections` on the server; until then rows wait, and the recorder takes turns with others"
        }
        1203 | 1226 => {
            "raise the limits of the account, such as `MAX_USER_CONNECTIONS`; until then rows wait"
        }
        1049 => {
            "create it: `CREATE DATABASE … CHARACTER SET utf8mb4`, `behavior-trace migrate run --create-database`, or \
             `Migrations::create_database`; a run of the migrations creates tables, and no database"
        }
        1045 | 1698 => {
            "check user and password in the URL; in a password write `/` as `%2F`, `@` as `%40`, `%` as `%25`"
        }
        1044 | 1142 | 1143 | 1227 => {
            "grant the account its rights; `behavior-trace grants` prints the statements, and `behavior_trace::schema::grants` \
             returns them"
        }
        1054 | 1146 => {
            "run the migrations: `behavior-trace migrate run`, `.migrate(true)` on the builder, or \
             `behavior_trace::schema::Migrations`"
        }
        1130 => {
            "let the account connect from this machine: its host part, as in 'user'@'%', decides"
        }
        3159 => "write `?ssl-mode=required` in the URL",
        _ => return None,
    })
}

const LOOKUP: &str = "failed to lookup address information";

/// Returns the remedy for a failed connection.
pub(super) fn of_connecting(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there; check host and port in the URL (MySQL and MariaDB: 3306)"
        }
        io::ErrorKind::NotFound => "there is no such socket file; check `socket=` in the URL",
        // The standard library gives the failed lookup of a name no kind.
        _ if error.to_string().starts_with(LOOKUP) => {
            "the name was not resolved; check the host in the URL, and the name service"
        }
        _ => return None,
    })
}

/// Remedy for an answer that does not follow the servers' protocol.
pub(super) const OF_PROTOCOL: &str =
    "what answers there may be no MySQL or MariaDB; check the port in the URL";

#[cfg(test)]
mod tests {
    use std::net::ToSocketAddrs as _;

    use super::*;

    #[test]
    fn a_name_that_no_server_has_is_told_from_other_failures() {
        let error = ("no..name", 3306).to_socket_addrs().map(|_| ());
        let error = error.expect_err("no such name");
        let remedy = of_connecting(&error).expect("a remedy");
        assert!(remedy.contains("check the host"), "{error}: {remedy}");
        assert_eq!(of_connecting(&io::Error::other("something else")), None);
    }
}
