//! `grants`.

use behavior_trace_servers::{Kind, Server};
use serde_json::Value;

use crate::tool::{Place, Ran, tool};

fn run(place: &Place, words: &[&str]) -> Ran {
    let output = tool(place.path()).arg("grants").args(words).output();
    Ran::of(output.expect("the tool runs"))
}

#[test]
fn the_sql_of_a_role_is_printed_for_a_client_to_run() {
    let place = Place::sqlite();
    let ran = run(&place, &["writer", "'app'@'%'", "--database", "shop"]);
    assert!(ran.err.starts_with("run the migrations first"), "{ran:?}");
    assert_eq!(
        ran.ok(),
        "GRANT SELECT, INSERT, UPDATE (event_id) ON `shop`.`operational_activity` TO 'app'@'%';\n"
    );
    let ran = run(&place, &["reader", "app@10.0.0.%", "--database", "a`b"]);
    assert_eq!(ran.err, "");
    assert_eq!(
        ran.ok(),
        "GRANT SELECT ON `a``b`.`operational_activity` TO 'app'@'10.0.0.%';\n\
         GRANT SELECT ON `a``b`.`operational_activity_archive` TO 'app'@'10.0.0.%';\n"
    );
    let mut command = tool(place.path());
    command.env(
        "BEHAVIOR_TRACE_DATABASE_URL",
        "mysql://a:canary-7f3a@db.internal:3307/shop%20x",
    );
    let ran = command
        .args(["grants", "maintainer", "app", "--output", "jsonl"])
        .output();
    let lines = Ran::of(ran.expect("the tool runs")).lines();
    let statements: Vec<_> = lines.iter().map(|line| &line["statement"]).collect();
    assert_eq!(
        statements,
        [
            &Value::from(
                "GRANT SELECT, UPDATE, DELETE ON `shop x`.`operational_activity` TO 'app'"
            ),
            &Value::from(
                "GRANT SELECT, INSERT, UPDATE ON `shop x`.`operational_activity_archive` TO 'app'"
            ),
        ]
    );
}

#[test]
fn what_cannot_be_granted_is_wrong_usage() {
    let place = Place::sqlite();
    for (words, text) in [
        (&["writer", "app@%"][..], "no database"),
        (&["owner", "app@%", "--database", "x"], "mariadb-writer"),
        (
            &["writer", "app'; DROP", "--database", "x"],
            "is no account",
        ),
        (&["writer"], "ACCOUNT"),
    ] {
        let ran = run(&place, words);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
    let ran = place.run(&["grants", "writer", "app@%"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--database NAME"), "{ran:?}");
}

/// What is printed is what a server takes, and what the doctor asks for.
#[tokio::test]
async fn an_account_with_the_printed_rights_is_well() {
    const NAME: &str = "cli_grants";
    for (kind, role) in [(Kind::MySql, "writer"), (Kind::MariaDb, "mariadb-writer")] {
        let server = Server::builder(kind).durable().start().expect("a server");
        let mut place = Place::on(server.database(NAME).expect("a database"));
        place.migrate().await;
        let account = "CREATE USER 'o''neil'@'%' IDENTIFIED BY 'x'";
        server.sql(account).expect("an account");
        let printed = place.run(&["grants", role, "\"o'neil\"@%"]).ok();
        server.sql(&printed).expect("the server takes it");
        place.url = place.url.replace("trace:trace@", "o'neil:x@");
        let ran = place.run(&["doctor"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}
