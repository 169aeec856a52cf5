//! The preflight: checks whether an event would be stored, with a row that is rolled back.

use std::fmt;
use std::thread;
use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use behavior_trace_core::{ReentrancyGuard, Timestamp};

use crate::migrate::Migrations;
use crate::store::{Connection, DatabaseUrl, ErrorClass, Purpose, Store, StoreError};

/// Reason why an event would not be stored now. The recorder would keep it in memory or in the spool and retry.
#[derive(Clone, PartialEq, Eq)]
pub struct PreflightError(String);

impl fmt::Display for PreflightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

behavior_trace_core::debug_is_display!(PreflightError);

impl std::error::Error for PreflightError {}

/// Starts the preflight on its own thread and runtime, so that it works under any runtime of the application and under
/// none. It calls `answer` on that thread.
pub fn preflight(
    url: DatabaseUrl,
    migrate: bool,
    deadline: Duration,
    answer: impl FnOnce(Result<(), PreflightError>) + Send + 'static,
) {
    on_own_thread(answer, move || {
        within(deadline, attempt(&url, migrate, deadline))
    });
}

/// Starts the preflight of another destination: it connects, and checks that it takes rows. It stores none.
pub fn preflight_of<D: StoreDriver>(
    driver: D,
    deadline: Duration,
    answer: impl FnOnce(Result<(), PreflightError>) + Send + 'static,
) {
    on_own_thread(answer, move || {
        within(deadline, async {
            let told = |error: StoreError| PreflightError(error.to_string());
            let mut connection = driver.connect().await.map_err(told)?;
            driver.check(&mut connection).await.map_err(told)?;
            D::close(connection).await;
            Ok(())
        })
    });
}

fn on_own_thread(
    answer: impl FnOnce(Result<(), PreflightError>) + Send + 'static,
    preflight: impl FnOnce() -> Result<(), PreflightError> + Send + 'static,
) {
    // Without a thread `answer` is dropped, which the caller notices.
    let _ = thread::Builder::new()
        .name("behavior-trace-preflight".to_owned())
        .spawn(move || {
            let _quiet = ReentrancyGuard::new();
            answer(preflight());
        });
}

fn within(
    deadline: Duration,
    attempt: impl Future<Output = Result<(), PreflightError>>,
) -> Result<(), PreflightError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| PreflightError(format!("no runtime for a connection: {error}")))?;
    let answer = runtime.block_on(async {
        tokio::time::timeout(deadline, attempt)
            .await
            .unwrap_or_else(|_| Err(PreflightError(format!("no answer within {deadline:?}"))))
    });
    // A pending name lookup must not delay the answer.
    runtime.shutdown_background();
    answer
}

/// Checks the schema and probes a row, in a session like the writer's, which has the most requirements.
async fn attempt(
    url: &DatabaseUrl,
    migrate: bool,
    deadline: Duration,
) -> Result<(), PreflightError> {
    if migrate {
        let migrated = Migrations::new(url).run().await;
        migrated.map_err(|error| PreflightError(error.to_string()))?;
    }
    let told = |error: StoreError| PreflightError(error.to_string());
    let writer = Purpose::Writer {
        statement_timeout: deadline,
    };
    let mut connection = Store::open(url).connect(writer).await.map_err(told)?;
    connection.check_schema().await.map_err(told)?;
    probe(&mut connection).await?;
    connection.close().await.map_err(told)
}

/// Stores rows and rolls them back: a small one, and one that fills each column to its reference width.
pub(crate) async fn probe(connection: &mut Connection) -> Result<(), PreflightError> {
    let small = connection.probe_small().await;
    small.map_err(|error| PreflightError(error.to_string()))?;
    match connection.probe(Timestamp::now()).await {
        Err(error) if error.class() == ErrorClass::Value => {
            // A table taken over from PHP refuses negative ids of actors, which hardly an application has. A row with one
            // waits, and health names the cause.
            let rest = connection.probe_without_sign(Timestamp::now()).await;
            rest.map_err(|_| narrow(&error))?;
        }
        // A rule of the application may refuse the probe, but no real row.
        Ok(()) | Err(_) => {}
    }
    Ok(())
}

fn narrow(error: &StoreError) -> PreflightError {
    PreflightError(format!(
        "a column of `operational_activity` is narrower than the reference, so rows of full width will be refused: {error}; \
         give it the width of the migrations"
    ))
}

/// Returns the error of a recorder that is switched off.
pub fn switched_off(why: String) -> PreflightError {
    PreflightError(why)
}

/// Returns the error of a preflight that could not be started.
pub fn not_begun() -> PreflightError {
    PreflightError("no thread for the preflight could be started".to_owned())
}
