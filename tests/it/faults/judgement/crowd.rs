//! H12: many applications that wait for one store, each with its own recorder.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::Pipeline;
use behavior_trace::config::{Config, ErrorOutput};
use serde_json::json;

use crate::faults::report::Row;
use crate::faults::rounds;

const BUCKET: Duration = Duration::from_millis(100);
/// Time before the first probe.
const SETTLED: Duration = Duration::from_millis(500);

/// Replaces the unavailable store by a listener that closes each connection at once and notes its time.
#[test]
fn many_applications_do_not_look_for_a_store_in_step() {
    let listener = listener();
    let address = listener.local_addr().expect("it is bound");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&seen);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            theirs.lock().expect("no panic").push(Instant::now());
            drop(client);
        }
    });
    let recorders: Vec<_> = (0..rounds(200, 1000))
        .map(|_| {
            let mut config = Config::default();
            let url = format!("mysql://app@{address}/activity");
            config.database_url = Some(url.parse().expect("a good URL"));
            config.error_output = ErrorOutput::Off;
            Pipeline::start(config).expect("a good configuration")
        })
        .collect();
    // Starting so many recorders takes a while.
    let started = Instant::now();
    thread::sleep(Duration::from_secs(rounds(5, 20).into()));
    let seen = seen.lock().expect("no panic").clone();
    drop_all(recorders);
    let mut row = Row::on(112, "H12 many hosts look for one store", "TCP");
    let mut windows = vec![(0, 5)];
    if rounds(0, 1) > 0 {
        windows.push((12, 20));
    }
    let mut extra = Vec::new();
    for (from, until) in windows {
        let counts = counts(&seen, started, from..until);
        let mean = counts.iter().sum::<u64>() / counts.len() as u64;
        let most = counts.iter().max().copied().unwrap_or_default();
        extra.push(
            json!({"seconds": [from, until], "most_in_100_ms": most, "mean_in_100_ms": mean}),
        );
        row.promise(mean > 0 && most <= 3 * mean, || {
            format!("{most} connections in 100 ms between {from} and {until} s, where {mean} are the mean")
        });
    }
    row.extra = json!({"hosts": rounds(200, 1000), "windows": extra});
    row.conclude();
}

/// Listens with a backlog for all recorders at once. Otherwise the kernel would repeat a connection a second later.
fn listener() -> TcpListener {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    let address = "127.0.0.1:0".parse().expect("an address");
    socket.bind(address).expect("a port");
    let listener = socket
        .listen(4096)
        .and_then(tokio::net::TcpListener::into_std);
    let listener = listener.expect("it listens");
    listener.set_nonblocking(false).expect("it waits");
    listener
}

/// Counts the connections per 100 ms while all recorders probe at the same mean interval: 1 s at first, 3.75 s in the end.
/// It leaves out the first half second, in which they start.
fn counts(seen: &[Instant], started: Instant, seconds: Range<u64>) -> Vec<u64> {
    let from = started + Duration::from_secs(seconds.start) + SETTLED;
    let buckets = (seconds.end - seconds.start) * 10 - 5;
    let mut counts = vec![0; usize::try_from(buckets).expect("few")];
    for moment in seen.iter().filter(|moment| **moment >= from) {
        let bucket = (*moment - from).as_millis() / BUCKET.as_millis();
        let bucket = usize::try_from(bucket).expect("few");
        if let Some(count) = counts.get_mut(bucket) {
            *count += 1;
        }
    }
    counts
}

/// Drops all recorders at the same time, since each drop waits for its events.
fn drop_all(recorders: Vec<Pipeline>) {
    let threads: Vec<_> = recorders
        .into_iter()
        .map(|recorder| thread::spawn(move || drop(recorder)))
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}
