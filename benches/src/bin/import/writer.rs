//! A writer beside a copy: one insert at a time on its own connection, as of a service.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, MySqlConnection, query};
use uuid::Uuid;

const PACE: Duration = Duration::from_millis(10);
const INSERT: &str = "INSERT INTO operational_activity (event_id, occurred_at, actor_type, action, resource, payload) \
     VALUES (?, UTC_TIMESTAMP(6), 'SYSTEM', 'order.update', 'Order', '{}')";

pub(crate) struct Writer {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Duration>, sqlx::Error>>,
}

impl Writer {
    /// Starts the writer.
    pub(crate) fn begin(url: &str) -> Result<Self, Box<dyn Error>> {
        let over = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut connection = runtime.block_on(MySqlConnection::connect(url))?;
        let is_over = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut taken = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let id = Uuid::from_u128(fastrand::u128(..)).to_string();
                runtime.block_on(query(INSERT).bind(id).execute(&mut connection))?;
                taken.push(begun.elapsed());
                thread::sleep(PACE);
            }
            Ok(taken)
        });
        Ok(Self { over, thread })
    }

    /// Stops the writer, and returns the duration of each of its inserts.
    pub(crate) fn end(self) -> Result<Vec<Duration>, Box<dyn Error>> {
        self.over.store(true, Ordering::Relaxed);
        let taken = self.thread.join().map_err(|_| "the writer panicked")?;
        Ok(taken?)
    }
}
