use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream;
use behavior_trace_nats::{JetStream, Setup};
use behavior_trace_servers::{NatsCluster, NatsServer};

use crate::world::{Table, publish, relay, relay_until, rows};

pub(crate) async fn leader(cluster: &NatsCluster) -> Option<String> {
    let servers = cluster.servers().iter().map(NatsServer::url);
    let client = async_nats::connect(servers.collect::<Vec<_>>());
    let context = jetstream::new(client.await.ok()?);
    let stream = context.get_stream("activity").await.ok()?;
    stream.cached_info().cluster.as_ref()?.leader.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_lost_or_twice_when_the_streams_leader_is_killed() {
    let cluster = NatsCluster::start("").expect("a cluster");
    let stream = JetStream::new(cluster.url()).expect("a URL");
    let setup = Setup::new(stream.clone())
        .replicas(3)
        .ack_wait(Duration::from_secs(2));
    setup.run().await.expect("set up");
    let table = Table::new().await;
    let rows = rows(8000);
    let relay = relay(&stream, &table);
    let is_sent = AtomicBool::new(false);
    let send = async {
        publish(&stream, &rows[..2000]).await;
        let killed = leader(&cluster).await.expect("a leader");
        let killed = cluster.server(&killed).expect("a server");
        killed.kill();
        publish(&stream, &rows[2000..6000]).await;
        killed.restart().expect("starts again");
        publish(&stream, &rows[6000..]).await;
        is_sent.store(true, Ordering::SeqCst);
    };
    let run = relay_until(&relay, |stats| {
        is_sent.load(Ordering::SeqCst) && stats.stored >= 8000 && stats.lag == Some(0)
    });
    let (done, ()) = tokio::join!(run, send);
    assert_eq!(done.set_aside, 0, "{done:?}");
    table.assert_has(&rows).await;
}
