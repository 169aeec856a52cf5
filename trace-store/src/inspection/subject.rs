//! The database under inspection, and the order of its checks.

use std::time::Duration;

use behavior_trace_core::Timestamp;
use tokio::time::timeout;

use super::finding::{Check, Finding};
use super::{anonymous, indexes, schema};
use crate::grants::Role;
use crate::preflight;
#[cfg(feature = "mysql")]
use crate::store::mysql::Transport;
use crate::store::{
    Connection, DatabaseUrl, Dialect, ErrorClass, Purpose, Statement, Store, StoreError, within,
};

/// Time limit of one check.
const STEP: Duration = Duration::from_secs(10);
/// Time limit for another connection, after the first was lost.
const RECONNECT: Duration = Duration::from_secs(5);
/// Time limit for closing the connection.
const CLOSE: Duration = Duration::from_secs(1);

/// The database under inspection.
#[derive(Debug)]
pub(super) struct Subject<'u> {
    pub(super) url: &'u DatabaseUrl,
    pub(super) role: Role,
    /// The connection; `None` after a check that left it in an unknown state.
    pub(super) connection: Option<Connection>,
    /// A reconnection failed, for this reason. The later checks do not wait for another.
    pub(super) gone: Option<(ErrorClass, String)>,
    /// Difference of the server's clock from this machine's, in microseconds.
    pub(super) skew: i64,
    #[cfg(feature = "mysql")]
    pub(super) transport: Option<Transport>,
    #[cfg(feature = "mysql")]
    pub(super) unset: Option<StoreError>,
}

/// Returns the purpose of the sessions of a role.
pub(super) const fn purpose(role: Role) -> Purpose {
    match role {
        Role::Writer | Role::MariaDbWriter => Purpose::Writer {
            statement_timeout: Duration::from_secs(5),
        },
        #[cfg(feature = "mysql")]
        Role::Reader => Purpose::Reader,
        _ => Purpose::Maintainer,
    }
}

impl Subject<'_> {
    /// Makes these checks. An error of one is a warning, and the next one runs.
    pub(super) async fn inspect(mut self, checks: &[Check]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for check in checks {
            let made = in_step(Box::pin(self.make(*check))).await;
            findings.extend(made.unwrap_or_else(|error| {
                if leaves_unknown(error.class()) {
                    self.connection = None;
                }
                vec![Finding::unchecked(*check, &error)]
            }));
        }
        if let Some(connection) = self.connection {
            // The findings stay, even if the server does not answer any more.
            let _ = timeout(CLOSE, connection.close()).await;
        }
        findings
    }

    async fn make(&mut self, check: Check) -> Result<Vec<Finding>, StoreError> {
        match check {
            Check::Schema => schema::look(self).await,
            Check::ProbeRow => self.probe_row().await,
            Check::Indexes => indexes::look(self).await,
            Check::Anonymous => anonymous::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Tls => super::tls::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Session => super::session::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Durability => super::durability::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Rights => super::rights::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Clock => super::clock::look(self).await,
            #[cfg(feature = "mysql")]
            Check::Partitions => super::partitions::look(self).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the connection, or another one if it was lost.
    pub(super) async fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.reconnect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn reconnect(&mut self) -> Result<Connection, StoreError> {
        if let Some((class, reason)) = &self.gone {
            return Err(StoreError::new(*class, reason.clone()));
        }
        let connected = within(RECONNECT, self.connect()).await;
        if let Err(error) = &connected {
            self.gone = Some((error.class(), error.to_string()));
        }
        connected
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        match &self.url.0 {
            #[cfg(feature = "sqlite")]
            crate::store::Target::Sqlite(options) => {
                let connected = crate::store::sqlite::Session::connect_as_found(options).await;
                connected.map(Connection::Sqlite)
            }
            _ => Store::open(self.url).connect(purpose(self.role)).await,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        Store::open(self.url).dialect()
    }

    /// Returns the first two columns of each row, as texts.
    pub(super) async fn pairs(
        &mut self,
        text: impl Into<String>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let statement = Statement::plain(text);
        self.connection().await?.pairs(statement).await
    }

    /// Returns all columns of each row, as texts.
    pub(super) async fn texts(
        &mut self,
        text: impl Into<String>,
    ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        let statement = Statement::plain(text);
        self.connection().await?.texts(statement).await
    }

    /// Returns the current time by the server's clock, as far as it is known.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_micros(Timestamp::now().as_micros() + self.skew)
    }

    /// Stores a row as a writer does.
    async fn probe_row(&mut self) -> Result<Vec<Finding>, StoreError> {
        if !matches!(self.role, Role::Writer | Role::MariaDbWriter) {
            return Ok(Vec::new());
        }
        let uses_up = match self.dialect() {
            #[cfg(feature = "mysql")]
            Dialect::MySql => ", which used up an id of the table",
            _ => "",
        };
        let connection = self.connection().await?;
        let Err(error) = preflight::probe(connection).await else {
            let found = format!("a row of full width was stored and rolled back{uses_up}");
            return Ok(vec![Finding::ok(Check::ProbeRow, found)]);
        };
        // The transaction may still be open.
        self.connection = None;
        let remedy = "remove that cause; until then rows wait in memory and in the spool";
        Ok(vec![Finding::of_error(Check::ProbeRow, &error, remedy)])
    }
}

/// Waits for an answer, up to the time limit of one check.
pub(super) async fn in_step<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answered = timeout(STEP, answer).await;
    answered.unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> StoreError {
    StoreError::new(
        ErrorClass::UnknownOutcome,
        format!(
            "no answer within {} s; look for locks and for load on the server, and inspect again",
            STEP.as_secs()
        ),
    )
}

/// Returns whether a connection may not be used again after an error of this class.
const fn leaves_unknown(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::UnknownOutcome | ErrorClass::Reconnect | ErrorClass::Unavailable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_without_an_answer_ends() {
        let answer = std::future::pending::<Result<(), StoreError>>();
        let error = in_step(answer).await.expect_err("no answer");
        assert!(error.to_string().contains("within 10 s"), "{error}");
    }
}
