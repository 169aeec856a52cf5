//! Other sessions on the same server: some that interfere, and one that counts the recorder's sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, Row as _, raw_sql};
use tokio::runtime::Runtime;

use crate::faults::site::{DATABASE, Site};

/// Session with all rights, in no database.
pub(crate) struct OtherSession {
    runtime: Runtime,
    connection: MySqlConnection,
}

impl OtherSession {
    pub(crate) fn new(site: &Site) -> Self {
        let account = "CREATE USER IF NOT EXISTS 'other'@'localhost'; GRANT ALL ON *.* TO 'other'@'localhost'";
        site.server.sql(account).expect("an account");
        let url = site.server.socket_url("").expect("its socket");
        let url = url.replacen("trace@", "other@", 1) + "&ssl-mode=disabled";
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let connection = runtime.block_on(MySqlConnection::connect(&url));
        Self {
            connection: connection.expect("connects"),
            runtime,
        }
    }

    /// Runs statements one after the other, each as text.
    pub(crate) fn sql(&mut self, statements: &[&str]) {
        for text in statements {
            let text = text.replace("{activity}", &format!("{DATABASE}.operational_activity"));
            let done = self
                .connection
                .execute(raw_sql(AssertSqlSafe(text.clone())));
            let done = self.runtime.block_on(done);
            done.unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    /// Runs a statement that waits, on a separate thread.
    pub(crate) fn sql_meanwhile(mut self, statement: &'static str) -> JoinHandle<Self> {
        thread::spawn(move || {
            self.sql(&[statement]);
            self
        })
    }

    fn count(&mut self, text: &'static str) -> i64 {
        let row = self
            .runtime
            .block_on(self.connection.fetch_one(raw_sql(text)));
        row.and_then(|row| row.try_get_unchecked(0)).unwrap_or(0)
    }
}

/// Continuous count of the recorder's sessions.
pub(crate) struct Sessions {
    stop: Arc<AtomicBool>,
    counting: JoinHandle<i64>,
}

impl Sessions {
    /// Starts counting. Until it ends, only the recorder may connect to this database.
    pub(crate) fn watch(site: &Site) -> Self {
        let mut other = OtherSession::new(site);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let counting = thread::spawn(move || {
            let mut most = 0;
            while !stopped.load(Ordering::Relaxed) {
                let count =
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'faults'";
                most = most.max(other.count(count));
                thread::sleep(Duration::from_millis(50));
            }
            most
        });
        Self { stop, counting }
    }

    /// Returns the maximum number of simultaneous sessions.
    pub(crate) fn most(self) -> i64 {
        self.stop.store(true, Ordering::Relaxed);
        self.counting.join().expect("it counts")
    }
}
