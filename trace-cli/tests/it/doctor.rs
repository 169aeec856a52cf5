//! `doctor`.

use std::net::TcpListener;

use behavior_trace::schema::{Role, grants};
use behavior_trace_servers::{Kind, Server, Terminal};
use serde_json::Value;

use crate::tool::{Place, Ran};

/// Password of the account, which no output may contain.
const PASSWORD: &str = "canary-7f3a";

/// Returns the JSON of each line, whatever the exit code.
fn findings(ran: &Ran) -> Vec<Value> {
    assert!(
        !ran.out.contains(PASSWORD) && !ran.err.contains(PASSWORD),
        "{ran:?}"
    );
    let lines = ran.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Returns the names of the checks at this level.
fn at(findings: &[Value], level: &str) -> Vec<String> {
    let found = findings.iter().filter(|finding| finding["level"] == level);
    found
        .map(|finding| finding["check"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn a_sound_file_exits_with_0_and_a_finding_with_3_and_its_remedy() {
    let place = Place::sqlite();
    place.migrate().await;
    let ran = place.run(&["doctor"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(0), "all is well\n"),
        "{ran:?}"
    );
    let found = findings(&ran);
    assert!(
        found
            .iter()
            .all(|finding| finding["schema"] == 1 && finding["remedy"].is_null())
    );

    place.with_orders().await;
    let ran = place.run(&["doctor"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(
        ran.err,
        "behavior-trace: 1 to warn of, 0 failed; the remedy is with each\n"
    );
    assert_eq!(at(&findings(&ran), "warn"), ["anonymous"]);
}

#[tokio::test]
async fn the_table_has_the_remedy_below_each_finding() {
    let place = Place::sqlite();
    let ran = place.run(&["doctor", "--output", "table", "--spool-dir", "spool"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let folder = place.path().display().to_string();
    let shown = ran.out.replace(&folder, "FOLDER");
    let lines: Vec<_> = shown
        .lines()
        .filter(|line| !line.starts_with(['─', '═']))
        .collect();
    assert_eq!(
        lines,
        [
            " check             level   found, and what to do",
            " url               ok      sqlite:FOLDER/activity.db",
            " connection        fail    there is no file `FOLDER/activity.db`",
            "                           > run the migrations (`behavior-trace migrate run`, or `.migrate(true)` on the builder)",
            " spool-directory   warn    `spool` does not exist",
            "                           > check the path; the recorder creates the directory when it starts",
        ],
        "{shown}"
    );
    let csv = place.run(&["doctor", "--output", "csv"]).out;
    assert!(
        csv.starts_with("check,level,found,remedy\nurl,ok,"),
        "{csv}"
    );
}

#[tokio::test]
async fn a_writers_own_account_is_well_on_each_server() {
    const NAME: &str = "cli_doctor_well";
    for kind in Kind::ALL {
        let server = Server::builder(kind).durable().start().expect("a server");
        let mut place = Place::on(server.database(NAME).expect("a database"));
        place.migrate().await;
        let ran = place.run(&["doctor"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert_eq!(at(&findings(&ran), "warn"), ["rights"], "{kind}: {ran:?}");

        let role = if kind == Kind::MySql {
            Role::Writer
        } else {
            Role::MariaDbWriter
        };
        let account = format!("CREATE USER 'w'@'%' IDENTIFIED BY '{PASSWORD}'");
        server.sql(&account).expect("an account");
        for grant in grants(role, NAME, "'w'@'%'") {
            server.sql(&grant).expect("granted");
        }
        place.url = place.url.replace("trace:trace@", &format!("w:{PASSWORD}@"));
        let ran = place.run(&["doctor"]);
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        assert_eq!(findings(&ran).len(), 12, "{ran:?}");

        let ran = place.run(&["doctor", "--role", "maintainer"]);
        assert_eq!(ran.code, Some(3), "{kind}: {ran:?}");
        assert_eq!(at(&findings(&ran), "fail"), ["rights", "rights"], "{ran:?}");

        server.kill().expect("killed");
        let ran = place.run(&["doctor"]);
        assert_eq!(ran.code, Some(3), "{kind}: {ran:?}");
        assert_eq!(at(&findings(&ran), "fail"), ["connection"], "{ran:?}");
    }
}

#[test]
fn no_database_and_no_such_role_are_wrong_usage() {
    let place = Place::sqlite();
    let mut command = crate::tool::tool(place.path());
    let ran = Ran::of(command.arg("doctor").output().expect("the tool runs"));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(place.run(&["doctor", "--role", "owner"]).code, Some(2));
}

#[tokio::test]
async fn the_spool_is_inspected_though_no_server_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let mut place = Place::sqlite();
    place.url = format!("mysql://w:{PASSWORD}@{address}/shop");
    let mut command = place.command(&["doctor"]);
    let ran = command.env("BEHAVIOR_TRACE_SPOOL_DIR", "none").output();
    let ran = Ran::of(ran.expect("the tool runs"));
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let found = findings(&ran);
    assert_eq!(at(&found, "fail"), ["connection"]);
    assert_eq!(at(&found, "warn"), ["spool-directory"]);
}

#[tokio::test]
async fn a_terminal_of_a_hundred_columns_shows_whole_words() {
    let place = Place::sqlite();
    place.migrate().await;
    place.with_orders().await;
    let terminal = Terminal::start(&place.command(&["doctor"])).expect("a terminal");
    let screen = terminal.wait_for(|screen| screen.contains("the remedy is with each"));
    let screen = screen.expect("the end");
    for part in ["probe-row", "rolled back", "> set the actor"] {
        assert!(screen.contains(part), "{part} in {screen}");
    }
}
