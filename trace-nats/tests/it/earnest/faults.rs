//! The faults: the stream's leader killed each 5 s, the relay killed, and its acknowledgements dropped.

use std::env;
use std::fmt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_servers::NatsCluster;
use tokio::runtime::Runtime;

use super::super::cluster::leader;
use super::super::killed;
use super::super::proxy::Proxy;

/// Time between the return of a killed leader and the next kill: with the time away, 5 s.
const BETWEEN: Duration = Duration::from_secs(3);
/// Time that a killed server is away.
const AWAY: Duration = Duration::from_secs(2);
/// Time for which a relay runs before it is killed, and for which there is none after it.
const RELAY: Duration = Duration::from_secs(5);
const NO_RELAY: Duration = Duration::from_secs(3);

pub(super) struct Faults<'a> {
    cluster: &'a NatsCluster,
    runtime: Runtime,
    proxies: Vec<Proxy>,
    database: String,
    has_ended: AtomicBool,
    /// The relay that runs when the faults have ended.
    last_relay: Mutex<Option<Child>>,
    leaders_killed: AtomicUsize,
    relays_killed: AtomicUsize,
}

impl<'a> Faults<'a> {
    pub(super) fn new(cluster: &'a NatsCluster, database: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let proxies = cluster.servers().iter().map(|server| {
            let proxy = Proxy::dropping("$JS.ACK", server.address());
            runtime.block_on(proxy)
        });
        Self {
            proxies: proxies.collect(),
            cluster,
            runtime,
            database: database.to_owned(),
            has_ended: AtomicBool::new(false),
            last_relay: Mutex::default(),
            leaders_killed: AtomicUsize::new(0),
            relays_killed: AtomicUsize::new(0),
        }
    }

    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    /// Injects faults until the end, and leaves a relay that runs without any.
    pub(super) fn inject(&self) {
        thread::scope(|scope| {
            scope.spawn(|| self.kill_leaders());
            scope.spawn(|| self.drop_acknowledgements());
            scope.spawn(|| self.kill_relays());
        });
    }

    /// Waits, or until the end. Returns whether it has ended.
    fn wait(&self, time: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < time && !self.has_ended.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20));
        }
        self.has_ended.load(Ordering::SeqCst)
    }

    fn kill_leaders(&self) {
        while !self.wait(BETWEEN) {
            let Some(name) = self.runtime.block_on(leader(self.cluster)) else {
                continue;
            };
            let Some(server) = self.cluster.server(&name) else {
                continue;
            };
            server.kill();
            self.leaders_killed.fetch_add(1, Ordering::SeqCst);
            self.wait(AWAY);
            server.restart().expect("starts again");
        }
    }

    fn drop_acknowledgements(&self) {
        while !self.wait(Duration::from_secs(1)) {
            self.proxies.iter().for_each(Proxy::relent);
            self.wait(Duration::from_secs(3));
            self.proxies.iter().for_each(Proxy::harden);
        }
        self.proxies.iter().for_each(Proxy::relent);
    }

    fn kill_relays(&self) {
        loop {
            let mut relay = self.relay();
            if self.wait(RELAY) {
                *self.last_relay.lock().expect("a lock") = Some(relay);
                return;
            }
            relay.kill().expect("dies");
            relay.wait().expect("ends");
            self.relays_killed.fetch_add(1, Ordering::SeqCst);
            self.wait(NO_RELAY);
        }
    }

    fn relay(&self) -> Child {
        let hosts = self.proxies.iter().map(|proxy| proxy.address.to_string());
        let url = format!("nats://{}", hosts.collect::<Vec<_>>().join(","));
        let mut process = Command::new(env::current_exe().expect("a path"));
        killed::as_relay(&mut process, &url, &self.database);
        process.stdout(Stdio::null()).spawn().expect("starts")
    }
}

impl Drop for Faults<'_> {
    fn drop(&mut self) {
        if let Some(mut relay) = self.last_relay.lock().ok().and_then(|mut last| last.take()) {
            let _ = relay.kill();
            let _ = relay.wait();
        }
    }
}

impl fmt::Display for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} leaders killed, {} relays killed, {} acknowledgements dropped",
            self.leaders_killed.load(Ordering::SeqCst),
            self.relays_killed.load(Ordering::SeqCst),
            self.proxies.iter().map(Proxy::dropped).sum::<usize>()
        )
    }
}
