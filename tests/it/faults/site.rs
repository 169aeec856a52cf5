//! A row's own server with a recorder, and access to the stored rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::Pipeline;
use behavior_trace::config::{Config, ErrorOutput};
use behavior_trace::schema::Migrations;
use behavior_trace_core::Sink;
use behavior_trace_servers::{Kind, Server};
use tempfile::TempDir;

use super::load::{Acked, Load};
use super::proxy::Proxy;
use super::report::Row;

/// Events per second of a load, unless a row needs more.
pub(crate) const RATE: u32 = 2000;
pub(crate) const DATABASE: &str = "faults";
/// Time limit for delivering everything. Servers start slowly while many tests run.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) url: String,
    pub(crate) spool: TempDir,
    pub(crate) faults: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// Routes the site's connections through a proxy.
    pub(crate) fn through(self, proxy: &Proxy) -> Self {
        let url = self
            .server
            .url_through(proxy.address, DATABASE)
            .expect("a URL");
        Self { url, ..self }
    }

    pub(crate) fn with(kind: Kind, arguments: &[&str]) -> Self {
        let server = arguments
            .iter()
            .fold(Server::builder(kind), |server, argument| {
                server.arg(*argument)
            })
            .start()
            .expect("a server");
        Self::of(server)
    }

    /// Creates a site on a running server.
    pub(crate) fn of(server: Server) -> Self {
        let url = server.database(DATABASE).expect("a database");
        migrate(&url);
        Self {
            server,
            url,
            spool: tempfile::tempdir().expect("a directory"),
            faults: Arc::default(),
        }
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::default();
        config.database_url = Some(self.url.parse().expect("a good URL"));
        config.spool_dir = Some(self.spool.path().to_owned());
        config.statement_timeout = Duration::from_secs(1);
        config.error_output = ErrorOutput::Off;
        let faults = Arc::clone(&self.faults);
        config.on_error = Some(Arc::new(move |fault| {
            faults
                .lock()
                .expect("no hook panics")
                .push(fault.to_string());
        }));
        config
    }

    pub(crate) fn start(&self) -> Pipeline {
        Pipeline::start(self.config()).expect("a good configuration")
    }

    /// Starts the recorder of the next process, and waits until it has found the rows that the last one left.
    pub(crate) fn successor(&self) -> Pipeline {
        let recorder = self.start();
        let begun = Instant::now();
        while recorder.stats().recovered == 0 && begun.elapsed() < Duration::from_secs(3) {
            thread::sleep(Duration::from_millis(10));
        }
        recorder
    }

    /// Disables TLS, so that a proxy can read the packets. MySQL accepts this from an account that has logged in before.
    pub(crate) fn plain(self) -> Self {
        let url = self.url.replace("ssl-mode=REQUIRED", "ssl-mode=DISABLED");
        Self { url, ..self }
    }

    /// Returns the number of occurrences of each event in the table.
    pub(crate) fn rows(&self) -> HashMap<String, u64> {
        let text = self
            .server
            .sql(&format!(
                "SELECT resource_id, COUNT(*) FROM {DATABASE}.operational_activity GROUP BY resource_id"
            ))
            .expect("a server that answers");
        text.lines()
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(id, count)| Some((id.to_owned(), count.trim().parse().ok()?)))
            .collect()
    }

    pub(crate) fn sql(&self, text: &str) -> String {
        self.server
            .sql(&format!("USE {DATABASE}; {text}"))
            .expect("a server that answers")
    }

    /// Runs the usual row: a quiet second, the fault under load, then the wait for the recovery.
    pub(crate) fn run(&self, mut row: Row, fault: impl FnOnce(&Server)) {
        let recorder = self.start();
        let sink: Arc<dyn Sink> = recorder.sink();
        let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
        row.before = Some(acked.latency());
        let load = Load::start(&sink, "during", RATE);
        fault(&self.server);
        let during = load.stop();
        row.during = Some(during.latency());
        acked.absorb(during);
        row.recovery = settle(&recorder);
        self.conclude(row, &recorder, &acked);
    }

    pub(crate) fn conclude(&self, mut row: Row, recorder: &Pipeline, acked: &Acked) {
        row.stats = recorder.stats();
        row.compare(acked, self.rows());
        row.conclude();
    }
}

/// Waits until every acknowledged event is in the table and nothing is left in the pipeline. Returns the time it took.
pub(crate) fn settle(recorder: &Pipeline) -> Duration {
    let begun = Instant::now();
    loop {
        let stats = recorder.stats();
        if stats.spooled == 0 && stats.in_memory == 0 {
            return begun.elapsed();
        }
        let health = recorder.health();
        assert!(begun.elapsed() < PATIENCE, "{stats:?}\n{health:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn migrate(url: &str) {
    let url = url.parse().expect("a good URL");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(Migrations::new(&url).run())
        .expect("migrates");
}

pub(crate) fn wait(time: Duration) {
    thread::sleep(time);
}
