//! Applications that store rows in transactions of their own, and commit them in another order than they began.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use behavior_trace_core::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, raw_sql};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

const WRITERS: usize = 6;
/// Rows of one transaction, at most.
const SIZE: usize = 20;
/// One transaction in so many rolls back, or takes ten times as long.
const ROLLBACKS: u8 = 8;
const LONG: u8 = 24;
/// Pause of a writer without a server.
const AGAIN: Duration = Duration::from_millis(50);
const DAY: i64 = 86_400_000_000;
/// Days that the rows are spread over, beginning with today.
const DAYS: i64 = 390;

pub(super) struct Writers {
    running: JoinSet<HashSet<Uuid>>,
    stop: Arc<AtomicBool>,
    stored: Arc<AtomicUsize>,
}

impl Writers {
    pub(super) fn start(url: &str, pause: Duration) -> Self {
        let (stop, stored) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let mut running = JoinSet::new();
        for _ in 0..WRITERS {
            let writer = Writer {
                url: url.to_owned(),
                pause,
                stop: Arc::clone(&stop),
                stored: Arc::clone(&stored),
                committed: HashSet::new(),
            };
            running.spawn(writer.run());
        }
        Self {
            running,
            stop,
            stored,
        }
    }

    /// Returns the number of rows that were committed so far.
    pub(super) fn stored(&self) -> usize {
        self.stored.load(Ordering::Relaxed)
    }

    /// Returns the events of all rows whose commit was answered.
    pub(super) async fn stop(self) -> HashSet<Uuid> {
        self.stop.store(true, Ordering::Relaxed);
        self.running
            .join_all()
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

struct Writer {
    url: String,
    pause: Duration,
    stop: Arc<AtomicBool>,
    stored: Arc<AtomicUsize>,
    committed: HashSet<Uuid>,
}

impl Writer {
    async fn run(mut self) -> HashSet<Uuid> {
        while !self.stop.load(Ordering::Relaxed) {
            let Ok(mut connection) = MySqlConnection::connect(&self.url).await else {
                sleep(AGAIN).await;
                continue;
            };
            while !self.stop.load(Ordering::Relaxed) {
                let batch = Batch::draw();
                let mut outcome = self.store(&mut connection, &batch).await;
                if outcome.is_err() {
                    // Of unknown outcome: the same rows again, as the recorder sends them.
                    connection = self.connect().await;
                    outcome = self.store(&mut connection, &batch).await;
                }
                match outcome {
                    Ok(()) => self.note(&batch),
                    Err(_) => break,
                }
            }
        }
        self.committed
    }

    async fn connect(&self) -> MySqlConnection {
        loop {
            match MySqlConnection::connect(&self.url).await {
                Ok(connection) => return connection,
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    async fn store(
        &self,
        connection: &mut MySqlConnection,
        batch: &Batch,
    ) -> Result<(), sqlx::Error> {
        let half = batch.rows.len().div_ceil(2);
        connection.execute(raw_sql("BEGIN")).await?;
        for rows in batch.rows.chunks(half) {
            insert(connection, rows).await?;
            sleep(self.pause.mul_f64(batch.pause)).await;
        }
        let end = if batch.commits { "COMMIT" } else { "ROLLBACK" };
        connection.execute(raw_sql(end)).await?;
        Ok(())
    }

    fn note(&mut self, batch: &Batch) {
        if batch.commits {
            self.stored.fetch_add(batch.rows.len(), Ordering::Relaxed);
            self.committed
                .extend(batch.rows.iter().map(|row| row.event));
        }
    }
}

/// Rows of one transaction, and its course.
struct Batch {
    rows: Vec<HostRow>,
    /// Share of the longest pause.
    pause: f64,
    commits: bool,
}

#[derive(Clone, Copy)]
pub(super) struct HostRow {
    event: Uuid,
    occurred_at: Timestamp,
}

impl HostRow {
    /// Draws an event on one of the days.
    pub(super) fn draw() -> Self {
        let event = Uuid::new_v4();
        let [.., one, two] = *event.as_bytes();
        let day = i64::from(u16::from_be_bytes([one, two])) % DAYS;
        let occurred_at = Timestamp::from_micros(Timestamp::now().as_micros() + day * DAY);
        Self { event, occurred_at }
    }
}

impl Batch {
    fn draw() -> Self {
        let [size, pause, fate, ..] = *Uuid::new_v4().as_bytes();
        let size = 1 + usize::from(size) % SIZE;
        let longer = if fate % LONG == 1 { 10.0 } else { 1.0 };
        Self {
            rows: (0..size).map(|_| HostRow::draw()).collect(),
            pause: f64::from(pause) / 255.0 * longer,
            commits: fate % ROLLBACKS != 0,
        }
    }
}

async fn insert(connection: &mut MySqlConnection, rows: &[HostRow]) -> Result<(), sqlx::Error> {
    let text =
        insertion(rows) + " ON DUPLICATE KEY UPDATE event_id = operational_activity.event_id";
    connection.execute(raw_sql(AssertSqlSafe(text))).await?;
    Ok(())
}

/// Returns the statement that stores the rows.
pub(super) fn insertion(rows: &[HostRow]) -> String {
    let values = rows.iter().map(|HostRow { event, occurred_at }| {
        format!("('{event}', '{occurred_at}', 'USER', 'order.update', 'Host', '{event}', '{{}}')")
    });
    format!(
        "INSERT INTO operational_activity \
         (event_id, occurred_at, actor_type, action, resource, resource_id, payload) VALUES {}",
        values.collect::<Vec<_>>().join(", ")
    )
}

/// A transaction of an application that has stored rows and stays open.
pub(super) struct Transaction(MySqlConnection);

impl Transaction {
    pub(super) async fn begin(url: &str) -> Self {
        let mut connection = MySqlConnection::connect(url).await.expect("a connection");
        let rows: Vec<_> = (0..3).map(|_| HostRow::draw()).collect();
        connection.execute(raw_sql("BEGIN")).await.expect("begins");
        insert(&mut connection, &rows).await.expect("stores");
        Self(connection)
    }

    pub(super) async fn end(mut self, how: &'static str) {
        self.0.execute(raw_sql(how)).await.expect(how);
    }
}
