//! The writer's driver for the modelled server.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::{ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};
use tokio::time::{Instant, sleep};

use super::script::Trouble;
use super::server::{Command, Reply, Server, error};

/// Driver of one process.
#[derive(Clone, Debug)]
pub(super) struct ModelDriver {
    pub(super) server: Arc<Mutex<Server>>,
    pub(super) process: usize,
}

/// Connection to the modelled server.
#[derive(Debug)]
pub(super) struct ModelConnection {
    driver: ModelDriver,
    id: u64,
    /// Refusals of connections when it was asked last.
    refusals: Option<u64>,
}

impl Drop for ModelConnection {
    fn drop(&mut self) {
        self.driver.server().leave(self.id);
    }
}

impl ModelDriver {
    pub(super) fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().expect("no test panics while it looks")
    }
}

impl ModelConnection {
    async fn run(&self, command: Command, rows: &[Activity<'_>]) -> Reply {
        self.driver
            .server()
            .begin(self.id, command, rows, Instant::now());
        let mut pause = Duration::from_millis(1);
        loop {
            let reply = self.driver.server().reply(self.id, Instant::now());
            if let Some(reply) = reply {
                return reply;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl StoreDriver for ModelDriver {
    type Connection = ModelConnection;

    async fn connect(&self) -> Result<ModelConnection, StoreError> {
        loop {
            let is_silent = {
                let mut server = self.server();
                if server.has(|it| *it == Trouble::Refuses) {
                    return Err(error(ErrorClass::Unavailable, "refused"));
                }
                if server.refuses(Instant::now()) {
                    return Err(error(ErrorClass::Crowded, "too many connections"));
                }
                let is_silent = server.has(|it| *it == Trouble::ConnectHangs);
                if !is_silent {
                    let id = server.connect(self.process, Instant::now());
                    return Ok(ModelConnection {
                        driver: self.clone(),
                        id,
                        refusals: None,
                    });
                }
                is_silent
            };
            if is_silent {
                sleep(Duration::from_secs(10)).await;
                return Err(error(ErrorClass::Unavailable, "no answer within 10 s"));
            }
        }
    }

    fn name(connection: &ModelConnection) -> Option<SessionName> {
        Some(SessionName(connection.id.to_string()))
    }

    async fn end(
        connection: &mut ModelConnection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError> {
        let id = session.0.parse().expect("one of ours");
        Ok(connection.driver.server().end(id))
    }

    async fn is_crowded(connection: &mut ModelConnection) -> Result<bool, StoreError> {
        let refusals = connection.driver.server().refusals;
        let before = connection.refusals.replace(refusals);
        Ok(before.is_some_and(|before| refusals > before))
    }

    async fn check(&self, _: &mut ModelConnection) -> Result<(), StoreError> {
        if self.server().has(|it| *it == Trouble::NoTable) {
            return Err(error(ErrorClass::Configuration, "no such table"));
        }
        Ok(())
    }

    async fn insert(
        connection: &mut ModelConnection,
        rows: &[Activity<'_>],
    ) -> Result<(), StoreError> {
        connection.run(Command::Insert, rows).await.map(drop)
    }

    async fn sift(
        connection: &mut ModelConnection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        connection.run(Command::Sift, rows).await
    }

    async fn probe(
        connection: &mut ModelConnection,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = activity! {
            occurred_at,
            ..Activity::default()
        };
        connection.run(Command::Probe, &[row]).await.map(drop)
    }

    async fn close(_: ModelConnection) {}
}
