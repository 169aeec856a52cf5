//! A client that counts the server's connections all the while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use behavior_trace_servers::Server;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, MySqlConnection, Row as _, raw_sql};
use tokio::time::timeout;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);
const CALL: Duration = Duration::from_secs(5);
const QUESTION: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN \
     ('Threads_connected', 'Connections', 'Connection_errors_max_connections', 'Max_used_connections')";

/// The server's numbers at one time. They begin anew when the server starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) at: Instant,
    /// Connections open now, without the watch's own.
    pub(super) open: u64,
    /// Connections opened so far.
    pub(super) opened: u64,
    /// Attempts that were refused, because all connections were taken.
    pub(super) refused: u64,
    /// Most connections at one time so far.
    pub(super) most: u64,
}

pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    looks: Arc<Mutex<Vec<Look>>>,
    thread: Option<JoinHandle<()>>,
}

/// The numbers of a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peak {
    pub(super) most: u64,
    pub(super) refused: u64,
    pub(super) opened: u64,
    /// Most connections opened within a second.
    pub(super) opened_in_a_second: u64,
}

impl Watch {
    pub(super) fn over(server: &Server) -> Self {
        let socket = server
            .socket_url("mysql")
            .expect("a server on this machine");
        let options: MySqlConnectOptions = socket.parse().expect("a good URL");
        // Servers keep a connection for root when all others are taken.
        let options = options.username("root");
        let (stop, looks) = (
            Arc::<AtomicBool>::default(),
            Arc::<Mutex<Vec<_>>>::default(),
        );
        let thread = {
            let (stop, looks) = (Arc::clone(&stop), Arc::clone(&looks));
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(watch(&options, &stop, &looks));
            })
        };
        Self {
            stop,
            looks,
            thread: Some(thread),
        }
    }

    /// Returns the last look.
    pub(super) fn last(&self) -> Option<Look> {
        self.looks.lock().expect("no panic").last().copied()
    }

    /// Returns the numbers since then. Looks of two runs of the server are not compared.
    pub(super) fn since(&self, begun: Instant) -> Peak {
        let looks = self.looks.lock().expect("no panic");
        let first = looks.partition_point(|look| look.at < begun);
        let looks = &looks[first.saturating_sub(1)..];
        let mut peak = Peak::default();
        for (index, look) in looks.iter().enumerate() {
            let next = looks[index + 1..]
                .iter()
                .take_while(|next| next.opened >= look.opened);
            let second = next
                .take_while(|next| next.at <= look.at + Duration::from_secs(1))
                .last();
            let in_a_second = second.map_or(0, |last| last.opened - look.opened);
            peak.opened_in_a_second = peak.opened_in_a_second.max(in_a_second);
            peak.most = peak.most.max(look.most);
        }
        for pair in looks.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let is_new = after.opened < before.opened;
            let grown = |of: fn(Look) -> u64| of(after) - if is_new { 0 } else { of(before) };
            peak.refused += grown(|look| look.refused);
            peak.opened += grown(|look| look.opened);
        }
        peak
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn watch(options: &MySqlConnectOptions, stop: &AtomicBool, looks: &Mutex<Vec<Look>>) {
    let mut session = None;
    while !stop.load(Ordering::Relaxed) {
        if session.is_none() {
            session = timeout(CALL, options.connect())
                .await
                .ok()
                .and_then(Result::ok);
        }
        if let Some(open) = &mut session {
            match timeout(CALL, look(open)).await {
                Ok(Ok(look)) => looks.lock().expect("no panic").push(look),
                _ => session = None,
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(session: &mut MySqlConnection) -> Result<Look, sqlx::Error> {
    let rows = session.fetch_all(raw_sql(QUESTION)).await?;
    let values = rows.iter().map(|row| {
        let value: String = row.try_get_unchecked(1)?;
        Ok((row.try_get_unchecked(0)?, value.parse().unwrap_or_default()))
    });
    let values: HashMap<String, u64> = values.collect::<Result<_, sqlx::Error>>()?;
    let value = |name: &str| values.get(name).copied().unwrap_or_default();
    Ok(Look {
        at: Instant::now(),
        open: value("Threads_connected").saturating_sub(1),
        opened: value("Connections"),
        refused: value("Connection_errors_max_connections"),
        most: value("Max_used_connections"),
    })
}
