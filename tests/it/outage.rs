//! An application whose database is unavailable.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use behavior_trace::{BehaviorTrace, behavior_trace};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u64) -> Result<u64, String> {
    Ok(id)
}

/// Returns a port without a listener: it was bound once, so it is free.
fn nobody_listens() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Checks that the recorder's errors are not recorded: events of the error hook would cause further errors.
#[test]
fn an_error_hook_that_records_makes_no_event() {
    let subscriber: Arc<OnceLock<Dispatch>> = Arc::default();
    let theirs = Arc::clone(&subscriber);
    let (tell, told) = mpsc::channel();
    let trace = BehaviorTrace::builder()
        .database_url(format!(
            "mysql://nobody@127.0.0.1:{}/none",
            nobody_listens()
        ))
        .on_error(move |_| {
            tracing::dispatcher::with_default(theirs.wait(), || approve(7).expect("approved"));
            let _ = tell.send(());
        })
        .build()
        .expect("an unreachable database is no misconfiguration");
    let registry = tracing_subscriber::registry().with(trace.layer());
    assert!(subscriber.set(Dispatch::new(registry)).is_ok());
    told.recv_timeout(Duration::from_secs(20)).expect("told");
    let stats = trace.stats();
    assert_eq!((stats.accepted, stats.reentrant), (0, 1), "{stats:?}");
}

#[test]
fn a_host_whose_database_is_unreachable_starts_serves_and_ends_in_time() {
    let told = Arc::new(AtomicUsize::new(0));
    let hook = told.clone();
    let started = Instant::now();
    let trace = BehaviorTrace::builder()
        .database_url(format!(
            "mysql://nobody:secret@127.0.0.1:{}/none",
            nobody_listens()
        ))
        .on_error(move |_| {
            hook.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("an unreachable database is no misconfiguration");
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "`build` waited for the database"
    );

    tracing::subscriber::with_default(tracing_subscriber::registry().with(trace.layer()), || {
        for id in 0..100 {
            assert_eq!(approve(id), Ok(id));
        }
    });

    let handle = trace.handle();
    let asked = Instant::now();
    let report = trace.shutdown_blocking(Duration::from_secs(2));
    assert!(asked.elapsed() < Duration::from_secs(3), "{report}");
    let stats = handle.stats();
    assert_eq!((stats.accepted, stats.stored), (100, 0));
    assert_eq!(stats.dropped.total(), 100, "{report}");
    assert_eq!(stats.unaccounted(), 0, "{stats:?}");
    assert!(
        told.load(Ordering::Relaxed) > 0,
        "the error hook was never told"
    );
}
