//! Interference with a database of a test, apart from the tool.

use behavior_trace_servers::{Kind, Server};

use crate::tool::Place;

impl Place {
    /// Runs statements on the database of a server, and returns what they print.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let kind = match self.store {
            "MariaDB" => Kind::MariaDb,
            "MySQL" => Kind::MySql,
            other => panic!("{other} is no server of these tests"),
        };
        let (_, rest) = self.url.rsplit_once('/').expect("a database");
        let database = rest.split('?').next().expect("a name");
        let server = Server::shared(kind).expect("a server");
        let answer = server.sql(&format!("USE `{database}`; {statements}"));
        answer.unwrap_or_else(|error| panic!("{error}"))
    }
}
