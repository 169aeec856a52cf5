//! Settings, passwords and exit codes of databases that cannot be used.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use behavior_trace_servers::{Kind, Server};

use crate::tool::{Place, Ran, tool};

const CANARY: &str = "hunter2canary";

#[tokio::test]
async fn the_url_comes_from_an_option_a_variable_or_a_file_in_this_order() {
    let place = Place::each("cli_settings").await.remove(0);
    place.with_orders().await;
    let run = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command = tool(place.path());
        command.args(words).envs(variables.iter().copied());
        Ran::of(command.output().expect("the tool runs"))
    };
    let none = run(&["query"], &[]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("BEHAVIOR_TRACE_DATABASE_URL"), "{none:?}");

    fs::write(place.path().join("url"), format!("{}\n", place.url)).expect("written");
    let file = run(&["query", "--database-url-file", "url"], &[]);
    assert_eq!(file.lines().len(), 4);
    let variable = run(&["query"], &[("BEHAVIOR_TRACE_DATABASE_URL_FILE", "url")]);
    assert_eq!(variable.lines().len(), 4);
    let option = run(
        &["query", "--database-url", &place.url],
        &[("BEHAVIOR_TRACE_DATABASE_URL", "x:")],
    );
    assert_eq!(option.lines().len(), 4);

    let settings = "database_url_file = 'url'\noutput = 'csv'\n";
    fs::write(place.path().join("behavior-trace.toml"), settings).expect("written");
    let csv = run(&["query"], &[]).ok();
    assert!(csv.starts_with("id,event_id,occurred_at,"), "{csv}");
    let jsonl = run(&["query"], &[("BEHAVIOR_TRACE_OUTPUT", "jsonl")]);
    assert_eq!(jsonl.lines().len(), 4);

    fs::write(
        place.path().join("behavior-trace.toml"),
        "databse_url = 'x'",
    )
    .expect("written");
    let unknown = run(&["query"], &[]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(
        unknown.err.contains("behavior-trace.toml line 1"),
        "{unknown:?}"
    );
}

#[test]
fn a_password_in_an_argument_is_refused_and_repeated_nowhere() {
    let place = Place::sqlite();
    let url = format!("mysql://app:{CANARY}@127.0.0.1:1/shop");
    for words in [
        vec!["query", "--database-url", &url],
        vec!["query", &url],
        vec![&*url],
        vec!["history", "Order", "1", &url],
    ] {
        let ran = place.run(&words);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
    }
}

#[test]
fn a_password_in_the_wrong_place_is_repeated_nowhere() {
    let place = Place::sqlite();
    let url = format!("mysql://app:{CANARY} x@db/shop");
    let run = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command = tool(place.path());
        command.args(words).envs(variables.iter().copied());
        Ran::of(command.output().expect("the tool runs"))
    };
    let mut runs = vec![
        run(&["query", "--database-url", &url], &[]),
        run(&["query", "--database-url-file", &url], &[]),
        run(&["query", "--config", &url], &[]),
        run(&["query", "--zone", &url], &[]),
    ];
    for variable in ["DATABASE_URL_FILE", "OUTPUT", "COLOR", "ZONE"] {
        let variable = format!("BEHAVIOR_TRACE_{variable}");
        runs.push(run(&["query"], &[(&variable, &url)]));
    }
    let spool = [("BEHAVIOR_TRACE_SPOOL_DIR", &*url)];
    runs.push(run(&["spool", "list"], &spool));
    runs.push(run(&["dead-letters", "list"], &spool));
    for form in ["table", "jsonl"] {
        let variables = [spool[0], ("BEHAVIOR_TRACE_DATABASE_URL", &*place.url)];
        runs.push(run(&["doctor", "-o", form], &variables));
    }
    let import = [
        ("BEHAVIOR_TRACE_DATABASE_URL", &*place.url),
        ("BEHAVIOR_TRACE_IMPORT_URL_FILE", &url),
    ];
    let words = ["import", "spatie"];
    runs.push(run(&words, &import));
    for settings in [
        "output",
        "color",
        "zone",
        "database_url_file",
        "databse_url",
    ] {
        let text = format!("{settings} = '{url}'");
        fs::write(place.path().join("wrong.toml"), text).expect("written");
        runs.push(run(&["query", "--config", "wrong.toml"], &[]));
    }
    fs::write(place.path().join("wrong.toml"), format!("'{url}' = 1")).expect("written");
    runs.push(run(&["query", "--config", "wrong.toml"], &[]));
    for ran in runs {
        assert_ne!(ran.code, Some(0), "{ran:?}");
        assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_not_utf_8_is_refused_and_a_path_need_not_be() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let place = Place::each("cli_not_utf_8").await.remove(0);
    place.with_orders().await;
    place.leave_spool(0..1);
    // Each has a setting that would be used in its place.
    let settings = format!("database_url = '{}'\nspool_dir = 'none'", place.url);
    fs::write(place.path().join("behavior-trace.toml"), settings).expect("written");
    let name = OsStr::from_bytes(b"caf\xe9");
    for variable in ["DATABASE_URL", "OUTPUT", "COLOR", "ZONE"] {
        let variable = format!("BEHAVIOR_TRACE_{variable}");
        let mut command = tool(place.path());
        command.arg("query").env(&variable, name);
        let ran = Ran::of(command.output().expect("the tool runs"));
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{ran:?}");
        assert!(
            ran.err.contains(&format!("{variable} is not UTF-8")),
            "{ran:?}"
        );
    }
    fs::write(place.path().join(name), &place.url).expect("written");
    let mut command = tool(place.path());
    command
        .arg("query")
        .env("BEHAVIOR_TRACE_DATABASE_URL_FILE", name);
    let ran = Ran::of(command.output().expect("the tool runs"));
    assert_eq!(ran.lines().len(), 4);
    fs::remove_file(place.path().join(name)).expect("removed");
    fs::rename(place.spool_dir(), place.path().join(name)).expect("renamed");
    let mut command = tool(place.path());
    command
        .args(["spool", "list"])
        .env("BEHAVIOR_TRACE_SPOOL_DIR", name);
    let ran = Ran::of(command.output().expect("the tool runs"));
    assert_eq!(ran.lines().len(), 1);
}

#[test]
fn a_value_in_a_message_cannot_act_on_the_terminal() {
    let place = Place::sqlite();
    for words in [
        &["query", "--zone", "\u{1b}]0;pwn\u{7}"][..],
        &["query", "--since", "\u{1b}]0;pwn\u{7}"],
        &[
            "query",
            "--output",
            "\u{1b}]0;pwn\u{7}",
            "--color",
            "always",
        ],
        &["query", "--config", "\u{1b}]0;pwn\u{7}"],
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let bad = ran.err.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(bad, None, "{ran:?}");
    }
}

#[test]
fn a_wrong_password_is_in_no_output_and_not_worth_another_attempt() {
    for (kind, server) in [Kind::MariaDb, Kind::MySql].map(|kind| (kind, Server::shared(kind))) {
        let server = server.expect("a server");
        let url = server.database("cli_password").expect("a database");
        let place = Place::sqlite();
        let wrong = with_password(&url);
        for words in [
            &["query"][..],
            &["tail", "-f"],
            &["export"],
            &["query", "--output", "table"],
        ] {
            let mut command = tool(place.path());
            let ran = command
                .args(words)
                .env("BEHAVIOR_TRACE_DATABASE_URL", &wrong);
            let ran = Ran::of(ran.output().expect("the tool runs"));
            // A wrong password does not become right by trying again.
            assert_eq!(ran.code, Some(1), "{kind:?} {ran:?}");
            assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
        }
    }
}

/// Returns the URL with an account that has another password.
fn with_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let (_, rest) = rest.split_once('@').expect("an account");
    format!("{scheme}://wrong:{CANARY}@{rest}")
}

#[test]
fn a_database_that_is_unavailable_exits_with_75() {
    let place = Place::sqlite();
    for words in [
        &["query"][..],
        &["tail", "-f"],
        &["export", "--settle", "0s"],
    ] {
        let mut command = tool(place.path());
        command.args(words).env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            "mysql://app@127.0.0.1:1/shop",
        );
        let ran = Ran::of(command.output().expect("the tool runs"));
        assert_eq!(ran.code, Some(75), "{words:?} {ran:?}");
    }
}

#[test]
fn a_database_without_the_table_exits_with_1_and_the_remedy() {
    for place in Place::servers("cli_no_table") {
        let ran = place.run(&["query"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("migrat"), "{ran:?}");
    }
}

#[tokio::test]
async fn each_remedy_names_what_to_type() {
    for place in Place::servers("cli_remedies") {
        let without_table = place.run(&["query"]);
        assert!(
            without_table.err.contains("`behavior-trace migrate run`"),
            "{without_table:?}"
        );
        place.migrate().await;
        let whole = place.run(&["partitions", "ahead"]);
        assert!(
            whole.err.contains("`behavior-trace partitions adopt`"),
            "{whole:?}"
        );
        place.sql("CREATE USER IF NOT EXISTS 'cli_no_rights'@'%' IDENTIFIED BY 'x'");
        let (scheme, rest) = place.url.split_once("://").expect("a scheme");
        let (_, rest) = rest.split_once('@').expect("an account");
        let mut command = tool(place.path());
        command.arg("query").env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            format!("{scheme}://cli_no_rights:x@{rest}"),
        );
        let no_rights = Ran::of(command.output().expect("the tool runs"));
        assert!(
            no_rights.err.contains("`behavior-trace grants`"),
            "{no_rights:?}"
        );
        let mut command = tool(place.path());
        command.arg("query").env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            place.url.replace("/cli_remedies", "/cli_no_such_database"),
        );
        let missing = Ran::of(command.output().expect("the tool runs"));
        let create = "`behavior-trace migrate run --create-database`";
        assert!(missing.err.contains(create), "{missing:?}");
        let position = place.run(&["tail", "--after", "x"]);
        assert!(position.err.contains("without `--after`"), "{position:?}");
    }
    let sqlite = Place::sqlite();
    fs::write(sqlite.path().join("activity.db"), "").expect("written");
    let without_table = sqlite.run(&["query"]);
    assert!(
        without_table.err.contains("`behavior-trace migrate run`"),
        "{without_table:?}"
    );
}

#[tokio::test]
async fn a_password_that_is_right_is_in_no_output_and_on_no_command_line() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::builder(kind).start().expect("a server");
        let place = Place::on(server.database("canary").expect("a database"));
        place.migrate().await;
        place.with_orders().await;
        let account = format!(
            "CREATE USER 'reader'@'%' IDENTIFIED BY '{CANARY}'; GRANT SELECT ON canary.* TO 'reader'@'%'"
        );
        server.sql(&account).expect("an account");
        let url = with_password(&place.url).replace("//wrong:", "//reader:");
        let mut command = place.command(&["tail", "-f", "--output", "table"]);
        command.env("BEHAVIOR_TRACE_DATABASE_URL", url);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut tool = command.spawn().expect("the tool runs");
        let mut stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
        let mut out = String::new();
        while !out.contains("invoice.delete") {
            assert_ne!(stdout.read_line(&mut out).expect("a line"), 0, "{out}");
        }
        let line = fs::read(format!("/proc/{}/cmdline", tool.id())).expect("a command line");
        // The account gets another password, and loses its connections.
        server
            .sql("ALTER USER 'reader'@'%' IDENTIFIED BY 'another'")
            .expect("changed");
        let connections = "SELECT id FROM information_schema.processlist WHERE user = 'reader'";
        for id in server.sql(connections).expect("a list").split_whitespace() {
            server.sql(&format!("KILL {id}")).expect("ended");
        }
        let ended = Ran::of(tool.wait_with_output().expect("an end"));
        assert_eq!(ended.code, Some(1), "{kind:?} {ended:?}");
        let all = format!("{out} {ended:?} {}", String::from_utf8_lossy(&line));
        assert!(!all.contains(CANARY), "{all}");
    }
}
