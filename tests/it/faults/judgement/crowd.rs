//! H12: many applications that wait for one store, each with a recorder of its own.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_runtime::{Config, Fallback, Recorder};
use serde_json::json;

use crate::faults::report::Row;
use crate::faults::rounds;

const BUCKET: Duration = Duration::from_millis(100);

/// A listener that closes each connection at once stands for a store that is not there yet: it sees when each comes.
#[test]
fn many_applications_do_not_look_for_a_store_in_step() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&seen);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            theirs.lock().expect("no panic").push(Instant::now());
            drop(client);
        }
    });
    let begun = Instant::now();
    let recorders: Vec<_> = (0..rounds(200, 1000))
        .map(|_| {
            let mut config = Config::default();
            let url = format!("mysql://app@{address}/activity");
            config.database_url = Some(url.parse().expect("a good URL"));
            config.fallback = Fallback::Off;
            Recorder::start(config).expect("a good configuration")
        })
        .collect();
    // To start so many takes a while; from then on they all probe.
    let started = begun.elapsed();
    thread::sleep(Duration::from_secs(rounds(4, 20).into()));
    let from = begun + started + Duration::from_millis(500);
    let until = Instant::now();
    let buckets = (until - from).as_millis() / BUCKET.as_millis();
    let mut counts = vec![0_u64; usize::try_from(buckets).expect("few")];
    for moment in seen.lock().expect("no panic").iter() {
        let since = moment.saturating_duration_since(from).as_millis() / BUCKET.as_millis();
        let bucket = usize::try_from(since).expect("few");
        if *moment >= from
            && let Some(count) = counts.get_mut(bucket)
        {
            *count += 1;
        }
    }
    drop_all(recorders);
    let mean = counts.iter().sum::<u64>() / counts.len() as u64;
    let most = counts.iter().max().copied().unwrap_or_default();
    let mut row = Row::on(112, "H12 many hosts look for one store", "TCP");
    row.extra = json!({"hosts": rounds(200, 1000), "most_in_100_ms": most, "mean_in_100_ms": mean});
    row.promise(mean > 0 && most <= 3 * mean, || {
        format!("{most} connections in 100 ms, where {mean} are the mean")
    });
    row.conclude();
}

/// Each waits a while for what it has; together they wait once.
fn drop_all(recorders: Vec<Recorder>) {
    let threads: Vec<_> = recorders
        .into_iter()
        .map(|recorder| thread::spawn(move || drop(recorder)))
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}
