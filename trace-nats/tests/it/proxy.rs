//! A proxy between a client and a server of NATS that can hold back messages by their subject.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};

/// A running proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    rule: Arc<Rule>,
}

struct Rule {
    /// Start of the subject of a message that is dropped while the rule holds.
    prefix: &'static str,
    holds: AtomicBool,
    dropped: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy that drops messages whose subject starts with `prefix`, in either direction.
    pub(crate) async fn dropping(prefix: &'static str, server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            rule: Arc::new(Rule {
                prefix,
                holds: AtomicBool::new(true),
                dropped: AtomicUsize::new(0),
            }),
        };
        let rule = Arc::clone(&proxy.rule);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, Arc::clone(&rule)));
                tokio::spawn(pass(from_server, to_client, Arc::clone(&rule)));
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Lets all further messages pass.
    pub(crate) fn relent(&self) {
        self.rule.holds.store(false, Ordering::SeqCst);
    }

    /// Drops messages again.
    pub(crate) fn harden(&self) {
        self.rule.holds.store(true, Ordering::SeqCst);
    }

    /// Returns the number of messages that it dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.rule.dropped.load(Ordering::SeqCst)
    }
}

async fn pass(
    from: impl AsyncRead + Unpin,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    rule: Arc<Rule>,
) {
    let mut from = BufReader::new(from);
    let mut frame = Vec::new();
    loop {
        frame.clear();
        if !matches!(from.read_until(b'\n', &mut frame).await, Ok(read) if read > 0) {
            return;
        }
        let line = String::from_utf8_lossy(&frame).into_owned();
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        if matches!(verb, "PUB" | "HPUB" | "MSG" | "HMSG") {
            let subject = words.next().unwrap_or_default();
            let length: usize = words
                .last()
                .and_then(|word| word.parse().ok())
                .expect("a length");
            let head = frame.len();
            frame.resize(head + length + 2, 0);
            if from.read_exact(&mut frame[head..]).await.is_err() {
                return;
            }
            if rule.holds.load(Ordering::SeqCst) && subject.starts_with(rule.prefix) {
                rule.dropped.fetch_add(1, Ordering::SeqCst);
                continue;
            }
        }
        if to.write_all(&frame).await.is_err() {
            return;
        }
    }
}
