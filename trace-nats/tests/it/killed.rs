use std::env;
use std::process::{Command, Stdio};

use behavior_trace_nats::{JetStream, Relay};
use behavior_trace_servers::NatsServer;

use crate::proxy::Proxy;
use crate::world::{Table, hasty_stream_of, publish, relay, relay_until, rows};

const URL: &str = "BEHAVIOR_TRACE_TEST_RELAY_FROM";
const TABLE: &str = "BEHAVIOR_TRACE_TEST_RELAY_TO";

/// The process that the next test kills.
#[tokio::test]
#[ignore = "a process of another test"]
async fn relays_until_it_is_killed() {
    let stream = JetStream::new(env::var(URL).expect("a URL")).expect("a URL");
    let table = env::var(TABLE).expect("a URL").parse().expect("a URL");
    let relay = Relay::new(stream, &table);
    relay.run(std::future::pending()).await.expect("runs");
}

/// Makes this program's own process a relay.
pub(crate) fn as_relay(process: &mut Command, from: &str, to: &str) {
    process
        .args(["--ignored", "--exact", "killed::relays_until_it_is_killed"])
        .env(URL, from)
        .env(TABLE, to);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_killed_between_insert_and_acknowledgement_leaves_no_row_twice() {
    let server = NatsServer::start("").expect("a server");
    let stream = hasty_stream_of(&server).await;
    let table = Table::new().await;
    let rows = rows(500);
    publish(&stream, &rows).await;
    // Its acknowledgements get no further than here, so it is killed between them and the insert.
    let proxy = Proxy::dropping("$JS.ACK", server.address()).await;
    let mut process = Command::new(env::current_exe().expect("a path"));
    as_relay(&mut process, &proxy.url(), &table.url());
    let mut process = process.stdout(Stdio::null()).spawn().expect("starts");
    while table.ids().await.len() < 500 || proxy.dropped() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    process.kill().expect("dies");
    process.wait().expect("ends");

    let relay = relay(&stream, &table);
    let done = relay_until(&relay, |stats| stats.stored >= 500).await;
    assert!(done.redelivered >= 500, "{done:?}");
    table.assert_has(&rows).await;
}
