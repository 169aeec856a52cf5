//! TLS, and files with credentials.

use std::path::{Path, PathBuf};

use behavior_trace_nats::{JetStream, NatsError, Setup};
use behavior_trace_servers::NatsServer;

use crate::world::{Table, publish, relay, relay_until_table_has, rows};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures")
        .join(name)
}

fn with_tls() -> NatsServer {
    let configuration = format!(
        "tls {{ cert_file: {:?}, key_file: {:?} }}",
        fixture("server.pem").display().to_string(),
        fixture("server.key").display().to_string()
    );
    NatsServer::start(&configuration).expect("a server")
}

async fn set_up(stream: &JetStream) -> Result<(), NatsError> {
    Setup::new(stream.clone()).run().await.map(drop)
}

/// Fails unless rows get through a stream into a table.
async fn assert_passes_rows(stream: &JetStream) {
    set_up(stream).await.expect("set up");
    let rows = rows(20);
    publish(stream, &rows).await;
    let table = Table::new().await;
    let relay = relay(stream, &table);
    relay_until_table_has(20, &relay, &table, |_| true).await;
    table.assert_has(&rows).await;
}

#[tokio::test]
async fn rows_pass_over_tls_to_a_server_of_a_trusted_authority_alone() {
    let server = with_tls();
    let url = server.url().replace("nats://", "tls://");
    let stream = JetStream::new(&url).expect("a URL");
    let error = set_up(&stream).await.expect_err("an unknown authority");
    assert!(
        !error.is_transient() && error.to_string().contains("certificate"),
        "{error}"
    );
    assert_passes_rows(&stream.root_certificates(fixture("ca.pem"))).await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_demanded() {
    let server = NatsServer::start("").expect("a server");
    let url = server.url().replace("nats://", "tls://");
    let stream = JetStream::new(url).expect("a URL");
    set_up(&stream).await.expect_err("no TLS");
    let plain = JetStream::new(server.url()).expect("a URL");
    set_up(&plain).await.expect("it answers without");
}

#[tokio::test]
async fn a_file_with_credentials_opens_an_account_and_is_needed_for_it() {
    let accounts = std::fs::read_to_string(fixture("accounts.conf")).expect("a file");
    let server = NatsServer::start(&accounts).expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let error = set_up(&stream).await.expect_err("no login");
    assert!(!error.is_transient(), "{error}");
    let missing = stream.clone().credentials_file("nowhere.creds");
    let error = set_up(&missing).await.expect_err("no file");
    assert!(error.to_string().contains("nowhere.creds"), "{error}");
    assert_passes_rows(&stream.credentials_file(fixture("user.creds"))).await;
}
