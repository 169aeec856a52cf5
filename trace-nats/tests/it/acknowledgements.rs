use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver as _;
use behavior_trace_nats::{JetStream, Setup};
use behavior_trace_servers::NatsServer;

use crate::proxy::Proxy;
use crate::world::{
    Table, context, hasty_stream_of, publish, relay, relay_until, rows, stream_of, until,
};

#[tokio::test]
async fn rows_whose_acknowledgements_were_lost_are_delivered_again_and_stored_once() {
    let server = NatsServer::start("").expect("a server");
    let stream = hasty_stream_of(&server).await;
    let table = Table::new().await;
    let rows = rows(300);
    publish(&stream, &rows).await;
    let proxy = Proxy::dropping("$JS.ACK", server.address()).await;
    let behind = JetStream::new(proxy.url()).expect("a URL");
    let relay = relay(&behind, &table);
    let lost = until(|| proxy.dropped() >= 300);
    let run = relay_until(&relay, |stats| {
        stats.redelivered >= 300 && stats.stored >= 600
    });
    tokio::join!(run, async {
        lost.await;
        proxy.relent();
    });
    table.assert_has(&rows).await;
}

#[tokio::test]
async fn a_row_whose_answer_was_lost_is_sent_again_and_kept_once_by_its_id() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let rows = rows(100);
    let proxy = Proxy::dropping("_INBOX", server.address()).await;
    let behind = JetStream::new(proxy.url()).expect("a URL");
    let mut connection = behind.connect().await.expect("connects");
    let sent = JetStream::insert(&mut connection, &rows);
    let lost = until(|| proxy.dropped() >= 100);
    tokio::select! {
        _ = sent => panic!("no answer comes through"),
        () = lost => {}
    }
    publish(&stream, &rows).await;
    let found = context(&server).await.get_stream("activity").await;
    assert_eq!(found.expect("a stream").cached_info().state.messages, 100);
}

#[tokio::test]
async fn a_row_that_is_sent_again_after_the_window_is_in_the_stream_twice_and_in_the_table_once() {
    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let window = Duration::from_millis(100);
    let setup = Setup::new(stream.clone()).window(window);
    setup.run().await.expect("set up");
    let table = Table::new().await;
    let rows = rows(50);
    publish(&stream, &rows).await;
    let context = context(&server).await;
    let mut found = context.get_stream("activity").await.expect("a stream");
    // The server forgets ids some time after the window.
    while found.info().await.expect("a state").state.messages < 100 {
        tokio::time::sleep(window).await;
        publish(&stream, &rows).await;
    }
    let sent = found.info().await.expect("a state").state.messages;
    let relay = relay(&stream, &table);
    let done = relay_until(&relay, |stats| stats.stored >= sent).await;
    assert_eq!(done.set_aside, 0);
    table.assert_has(&rows).await;
}
