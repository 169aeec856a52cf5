//! `relay publish` to a stream of NATS, and a tombstone in it.

use async_nats::jetstream::stream::Config;
use behavior_trace_servers::NatsServer;

use super::publish::record_ids;
use crate::tool::Place;

#[tokio::test]
async fn rows_and_tombstones_are_messages_of_a_stream() {
    let server = NatsServer::start("").expect("a server");
    let client = async_nats::connect(server.url()).await.expect("connects");
    let context = async_nats::jetstream::new(client);
    let config = Config {
        name: "copies".to_owned(),
        subjects: vec!["copies.>".to_owned()],
        ..Config::default()
    };
    let mut stream = context.create_stream(config).await.expect("a stream");
    let place = Place::sqlite();
    place.migrate().await;
    record_ids(&place, 0..40).await;

    let to = format!("{}/copies", server.url());
    let publish = |hide: &str| {
        place.run(&[
            "relay", "publish", "--once", "--settle", "0s", "--to", &to, "--hide", hide,
        ])
    };
    let first = publish("email");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.err.contains("published 40 rows"), "{first:?}");
    let again = publish("email");
    assert!(again.err.contains("published 0 rows"), "{again:?}");
    let shows_more = publish("phone");
    assert_eq!(shows_more.code, Some(1), "{shows_more:?}");
    assert!(shows_more.err.contains("hide it too"), "{shows_more:?}");
    // The rows, and the places before and after them.
    assert_eq!(stream.info().await.expect("a state").state.messages, 42);

    let erased = place.run(&["erase", "user:7", "--yes", "--tombstone-to", &to]);
    assert!(erased.err.contains("copies.erased"), "{erased:?}");
    let last = stream.get_last_raw_message_by_subject("copies.erased");
    let last = last.await.expect("a tombstone");
    assert!(String::from_utf8_lossy(&last.payload).contains("activity.erased"));
}

#[tokio::test]
async fn an_erasure_has_the_login_options_of_a_publication() {
    let place = Place::sqlite();
    place.migrate().await;
    record_ids(&place, 0..3).await;
    place
        .run(&[
            "relay",
            "publish",
            "--once",
            "--settle",
            "0s",
            "--to",
            "parquet:archive",
        ])
        .ok();
    let erase = |to: &str| {
        let words = ["erase", "user:7", "--yes", "--creds", "nats.creds"];
        place.run(&[&words[..], &["--tombstone-to", to]].concat())
    };
    // It is read for the connection.
    let unreadable = erase("nats://127.0.0.1:1/copies");
    assert_eq!(unreadable.code, Some(1), "{unreadable:?}");
    assert!(
        unreadable.err.contains("the credentials file nats.creds"),
        "{unreadable:?}"
    );
    let files = erase("parquet:archive");
    assert_eq!(files.code, Some(2), "{files:?}");
    assert!(files.err.contains("--creds and --nats-ca"), "{files:?}");
    let rows = place.run(&["query", "--all"]).ok();
    assert!(rows.contains("canary@example.org"), "{rows}");
}
