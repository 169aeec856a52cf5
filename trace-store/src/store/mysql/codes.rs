//! Table of the servers' error codes: the class of each for the writer, and whether a row can cause it.

use crate::store::ErrorClass::{
    self, Configuration, Crowded, DiskFull, ReadOnly, Reconnect, Rule, Server, TooBig, Transient,
    Unavailable, Value,
};

/// An error code of MySQL or MariaDB.
#[derive(Debug)]
pub(super) struct ServerCode {
    pub(super) number: u16,
    /// The `SQLSTATE` of the code, if the number alone has another meaning on the other server.
    state: Option<&'static str>,
    pub(super) class: ErrorClass,
    /// Reason why a row can or cannot cause the error.
    pub(super) reason: &'static str,
}

const fn code(number: u16, class: ErrorClass, reason: &'static str) -> ServerCode {
    ServerCode {
        number,
        state: None,
        class,
        reason,
    }
}

/// Code of a failed check on MariaDB. On MySQL the number concerns the size of a tablespace.
pub(super) const CHECK_OF_MARIADB: u16 = 4025;
/// Code for NULL in a `NOT NULL` column.
pub(super) const NULL_REFUSED: u16 = 1048;
/// Code for values that already exist under a unique key.
pub(super) const DUPLICATE: u16 = 1062;

/// Codes of both servers, by class. 1062 is missing, because the session resolves it before the writer sees it.
pub(super) const CODES: &[ServerCode] = &[
    code(
        NULL_REFUSED,
        Value,
        "a row may have NULL where the column takes none",
    ),
    code(
        1264,
        Value,
        "a number of the row may be outside its column's range",
    ),
    code(
        1292,
        Value,
        "a time of the row may be outside its column's range",
    ),
    code(
        1366,
        Value,
        "a text of the row may have characters that its column lacks",
    ),
    code(
        1406,
        Value,
        "a text of the row may be longer than its column",
    ),
    code(1526, Value, "the row's time may be in no partition"),
    code(3140, Value, "the row's payload may be no JSON"),
    code(3157, Value, "the row's payload may nest too deep"),
    code(
        3854,
        Value,
        "a text of the row may have characters that its column lacks",
    ),
    code(
        3988,
        Value,
        "a text of the row may have characters that its column lacks",
    ),
    code(3819, Rule, "a check may refuse the row's values"),
    ServerCode {
        number: CHECK_OF_MARIADB,
        state: Some("23000"),
        class: Rule,
        reason: "a check may refuse the row's values",
    },
    code(1644, Rule, "a trigger may refuse the row's values"),
    code(1205, Transient, "another session holds a lock"),
    code(1213, Transient, "two sessions wait for each other"),
    code(1180, Transient, "the commit failed on the server"),
    code(
        1969,
        Transient,
        "the statement took longer than `max_statement_time`",
    ),
    code(
        3024,
        Transient,
        "the statement took longer than `max_execution_time`",
    ),
    code(1317, Transient, "an administrator ended the statement"),
    code(
        3101,
        Transient,
        "the group of servers rolled the transaction back",
    ),
    code(
        3797,
        Transient,
        "the member of a group waited too long for the others",
    ),
    code(
        3798,
        Transient,
        "the member of a group waited too long for the others",
    ),
    code(3032, Unavailable, "the server is in offline mode"),
    code(1040, Crowded, "all of the server's connections are taken"),
    code(1041, Unavailable, "the server is out of memory"),
    code(1053, Unavailable, "the server is shutting down"),
    code(
        1129,
        Unavailable,
        "the server blocks this machine after failed connections",
    ),
    code(1203, Crowded, "all connections of the account are taken"),
    code(1226, Crowded, "the account has used up its share"),
    code(1927, Reconnect, "the session was ended on the server"),
    code(
        4031,
        Reconnect,
        "the server closed the session, which had been idle",
    ),
    code(2006, Reconnect, "the connection was closed"),
    code(2013, Reconnect, "the connection was closed"),
    code(1290, ReadOnly, "the server runs with `read_only`"),
    code(
        1047,
        ReadOnly,
        "the node of a Galera cluster is outside of the primary component",
    ),
    code(
        3100,
        ReadOnly,
        "the member of a group replicates nothing now, unless the transaction is proven too large for the group",
    ),
    code(3796, ReadOnly, "the member of a group is not online"),
    code(3799, ReadOnly, "the member leaves its group"),
    code(1836, ReadOnly, "the server is in read-only mode"),
    code(
        1044,
        Configuration,
        "the account has no right on the database",
    ),
    code(
        1045,
        Configuration,
        "the server refuses the account or its password",
    ),
    code(1049, Configuration, "there is no such database"),
    code(1054, Configuration, "a column is missing"),
    code(
        1118,
        Configuration,
        "the table's definition has no room for its columns",
    ),
    code(1130, Configuration, "the server refuses this machine"),
    code(
        1142,
        Configuration,
        "the account lacks a right on the table",
    ),
    code(1143, Configuration, "the account lacks a right on a column"),
    code(1146, Configuration, "the table is missing"),
    code(
        1251,
        Configuration,
        "the account's authentication is unknown to the driver",
    ),
    code(
        1364,
        Configuration,
        "a column outside the reference schema has no default",
    ),
    code(
        1524,
        Configuration,
        "the server lacks the account's authentication plugin",
    ),
    code(1698, Configuration, "the server refuses the account"),
    code(
        1820,
        Configuration,
        "the account's password must be changed first",
    ),
    code(1862, Configuration, "the account's password has expired"),
    code(
        3098,
        Configuration,
        "the table lacks what Group Replication needs, such as a primary key",
    ),
    code(3118, Configuration, "the account is locked"),
    code(3159, Configuration, "the server wants TLS"),
    code(4151, Configuration, "the account is locked"),
    code(
        1153,
        TooBig,
        "the row may be larger than `max_allowed_packet`",
    ),
    code(
        1390,
        TooBig,
        "the statement has too many parameters; a row alone has 13",
    ),
    code(
        1104,
        Server,
        "a limit of the server's for reads, `max_join_size`",
    ),
    code(
        1197,
        Server,
        "the transaction is too large for the binary log's cache",
    ),
    code(1206, Server, "the server has no room for more locks"),
    code(1243, Server, "the server lost a prepared statement"),
    code(1461, Server, "the server prepares no more statements"),
    code(
        1615,
        Server,
        "the server prepared a statement anew too often",
    ),
    code(
        1665,
        Server,
        "the format of the binary log forbids the isolation level",
    ),
    code(1792, Server, "the session's transactions are read-only"),
    code(1021, DiskFull, "the server's disk is full"),
    code(1114, DiskFull, "the server's tablespace is full"),
];

/// Codes with which a server refuses to prepare a statement. It may accept the same statement as text.
pub(super) const UNPREPARED: [u16; 3] = [1461, 1615, 1243];

/// Returns the entry of a code. The number decides, since many codes share the state `HY000`.
pub(super) fn known(number: u16, state: Option<&str>) -> Option<&'static ServerCode> {
    CODES
        .iter()
        .find(|code| code.number == number && code.state.is_none_or(|wanted| state == Some(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(class: ErrorClass) -> Vec<u16> {
        let of_class = CODES.iter().filter(|code| code.class == class);
        let mut numbers: Vec<_> = of_class.map(|code| code.number).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn each_code_has_the_class_that_the_table_of_delivery_gives_it() {
        assert_eq!(
            numbers(Value),
            [1048, 1264, 1292, 1366, 1406, 1526, 3140, 3157, 3854, 3988]
        );
        assert_eq!(numbers(Rule), [1644, 3819, 4025]);
        assert_eq!(
            numbers(Transient),
            [1180, 1205, 1213, 1317, 1969, 3024, 3101, 3797, 3798]
        );
        assert_eq!(numbers(Unavailable), [1041, 1053, 1129, 3032]);
        assert_eq!(numbers(Crowded), [1040, 1203, 1226]);
        assert_eq!(numbers(Reconnect), [1927, 2006, 2013, 4031]);
        assert_eq!(numbers(ReadOnly), [1047, 1290, 1836, 3100, 3796, 3799]);
        assert_eq!(
            numbers(Configuration),
            [
                1044, 1045, 1049, 1054, 1118, 1130, 1142, 1143, 1146, 1251, 1364, 1524, 1698, 1820,
                1862, 3098, 3118, 3159, 4151
            ]
        );
        assert_eq!(numbers(TooBig), [1153, 1390]);
        assert_eq!(
            numbers(Server),
            [1104, 1197, 1206, 1243, 1461, 1615, 1665, 1792]
        );
        assert_eq!(numbers(DiskFull), [1021, 1114]);
    }

    #[test]
    fn a_code_is_listed_once_with_a_reason() {
        for (place, code) in CODES.iter().enumerate() {
            let again = CODES[place + 1..].iter();
            assert!(
                !again.map(|code| code.number).any(|it| it == code.number),
                "{} twice",
                code.number
            );
            assert!(!code.reason.is_empty(), "{} without a reason", code.number);
        }
    }

    #[test]
    fn a_number_with_two_meanings_is_told_by_its_state() {
        assert!(known(CHECK_OF_MARIADB, Some("23000")).is_some());
        assert!(known(CHECK_OF_MARIADB, Some("HY000")).is_none());
        assert!(known(DUPLICATE, Some("23000")).is_none());
        assert!(known(1105, Some("HY000")).is_none());
    }
}
