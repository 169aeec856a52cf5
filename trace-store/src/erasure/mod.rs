//! Erasure of personal data.

mod error;

use behavior_trace_core::Actor;

pub use error::ErasureError;

use crate::query::conditions_of;
use crate::scrub::Scrub;
use crate::store::filter::{Filter, Order, Position, Select, Table};
#[cfg(feature = "mysql")]
use crate::store::of_php::{ACTOR_ID, PAYLOAD};
use crate::store::select::page;
use crate::store::{
    BindValue, Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Retries, Statement,
    Store, StoreError, StoredRow, within,
};
use error::Kind;

/// Erasure of personal data in the rows of one actor. It keeps the fact that an action happened.
///
/// The address and the user agent become NULL. The actor's label and the named payload fields, at any depth of the payload,
/// become `"[erased]"`. So does a change in a diff whose path contains one of them. The kind and id of the actor, the
/// action, the resource and the time stay. This covers both `operational_activity` and its archive. Actions of others *on*
/// the person are not touched.
///
/// If the stored text may match other actors, nothing is changed; see [`including_clipped`](Self::including_clipped).
///
/// It works in small steps and is idempotent, also concurrently with another erasure of the same person; repeat a run that
/// failed. The server's search for the actor's rows has no time limit: without
/// [`ExtraIndex::Actor`](crate::ExtraIndex::Actor) it reads the whole table. It needs the rights that
/// [`grants`](crate::grants) returns for the maintainer. It does not reach rows still in a spool, nor exports. A changed
/// payload is serialized anew: its keys are sorted, and the last digit of a number with a fraction may differ.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::Actor;
/// use behavior_trace::erasure::Erasure;
///
/// let erasure = Erasure::new(&"sqlite:/var/lib/app/activity.db".parse()?, &Actor::user(7))
///     .payload_fields(["email", "phone"]);
/// let would = erasure.clone().dry_run().run().await?;
/// println!("{} of {} rows would change", would.changed, would.matched);
/// erasure.run().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an erasure does nothing until it is run"]
pub struct Erasure {
    url: DatabaseUrl,
    actor: Actor,
    scrub: Scrub,
    dry_run: bool,
    includes_clipped: bool,
}

/// Result of an erasure, or of its dry run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ErasureReport {
    /// Rows of the actor, in both tables.
    pub matched: u64,
    /// Those of them in the archive.
    pub archived: u64,
    /// Rows with erased data.
    pub changed: u64,
    /// Rows whose payload is not JSON and was left unchanged; inspect them by hand.
    pub unreadable: u64,
}

/// Replacement of erased values.
const ERASED: &str = "[erased]";
/// Number of rows in a step, small enough for short locks.
const STEP: usize = 50;

impl Erasure {
    /// Creates an erasure for an actor with an id. It opens no connection yet.
    pub fn new(url: &DatabaseUrl, actor: &Actor) -> Self {
        Self {
            url: url.clone(),
            actor: actor.clone(),
            scrub: Scrub {
                names: Vec::new(),
                with_label: true,
                mark: ERASED,
            },
            dry_run: false,
            includes_clipped: false,
        }
    }

    /// Adds names of payload fields with personal data, compared without case.
    pub fn payload_fields<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.scrub.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Counts the rows without changing them.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Includes all actors that share the stored id and kind. An id of more than 255 characters and a kind of more than 32
    /// are stored clipped, and a kind of exactly 32 may be clipped. Without this option such an erasure is refused, because
    /// it may affect other actors.
    pub fn including_clipped(mut self) -> Self {
        self.includes_clipped = true;
        self
    }

    /// Erases in both tables.
    ///
    /// # Errors
    ///
    /// Fails if the actor has no id, if its stored id or kind may be clipped, or if the store returns an error.
    pub async fn run(&self) -> Result<ErasureReport, ErasureError> {
        if self.actor.id().is_none() {
            return Err(Kind::Nobody.into());
        }
        let filter = Filter(conditions_of(&self.actor));
        if filter.is_clipped() && !self.includes_clipped {
            return Err(Kind::Clipped.into());
        }
        let store = Store::open(&self.url);
        let mut connection = within(LONGEST_CONNECT, store.connect(Purpose::Maintainer)).await?;
        let mut report = ErasureReport::default();
        // The live table first: rows that retention moves meanwhile are found in the archive.
        for table in [Table::Live, Table::Archive] {
            self.run_over(table, &store, &filter, &mut connection, &mut report)
                .await?;
        }
        // The work is done, even if closing the connection fails.
        let _ = within(LONGEST_CONNECT, connection.close()).await;
        Ok(report)
    }

    async fn run_over(
        &self,
        table: Table,
        store: &Store,
        filter: &Filter,
        connection: &mut Connection,
        report: &mut ErasureReport,
    ) -> Result<(), ErasureError> {
        let mut after: Option<Position> = None;
        loop {
            let select = Select {
                filter,
                order: Order::OldestFirst,
                after: after.as_ref(),
                limit: STEP,
            };
            let step = page(store.dialect(), table, select);
            let mut found = self.look(&read(store, connection, &step).await?);
            let Some(last) = found.last.take() else {
                return Ok(());
            };
            report.add(&found, table);
            // Another erasure may change the same rows concurrently: rows that changed meanwhile are read again.
            while !self.dry_run && !found.changes.is_empty() {
                let updates = found
                    .changes
                    .iter()
                    .map(|change| change.update(store, table));
                if write(store, connection, updates.collect()).await? {
                    break;
                }
                found = self.look(&read(store, connection, &step).await?);
            }
            after = Some(last);
        }
    }

    /// Returns the changes these rows need.
    fn look(&self, rows: &[StoredRow]) -> FoundRows {
        let mut found = FoundRows {
            last: rows.last().map(|row| Position {
                occurred_at: row.occurred_at.clone(),
                id: row.id,
            }),
            matched: rows.len() as u64,
            ..FoundRows::default()
        };
        for row in rows {
            let payload = self.scrub.payload(&row.activity.payload);
            found.unreadable += u64::from(payload.is_err());
            let payload = payload.unwrap_or_default();
            if payload.is_some()
                || row.activity.ip_address.is_some()
                || row.activity.user_agent.is_some()
            {
                let before = row.activity.payload.to_string();
                found.changes.push(Change {
                    id: row.id,
                    payload: payload.unwrap_or_else(|| before.clone()),
                    before,
                });
            }
        }
        found
    }
}

/// Result of one step.
#[derive(Default)]
struct FoundRows {
    /// Position of the last row; `None` if there was no row.
    last: Option<Position>,
    matched: u64,
    unreadable: u64,
    changes: Vec<Change>,
}

impl ErasureReport {
    fn add(&mut self, found: &FoundRows, table: Table) {
        self.matched += found.matched;
        if table == Table::Archive {
            self.archived += found.matched;
        }
        self.unreadable += found.unreadable;
        self.changed += found.changes.len() as u64;
    }
}

/// A row to be rewritten.
struct Change {
    id: u64,
    before: String,
    payload: String,
}

impl Change {
    /// Returns an update that applies only if the row is as it was read.
    fn update(&self, store: &Store, table: Table) -> Statement {
        let (actor, as_read) = match store.dialect() {
            // The payload as read holds an actor's id that is no `i64`.
            #[cfg(feature = "mysql")]
            crate::store::Dialect::MySql => (
                format!(", actor_id = {ACTOR_ID}"),
                format!("CAST({PAYLOAD} AS CHAR) COLLATE utf8mb4_bin = ?"),
            ),
            _ => (String::new(), "payload = ?".to_owned()),
        };
        Statement {
            text: format!(
                "UPDATE {} SET ip_address = NULL, user_agent = NULL, payload = ?{actor} WHERE id = ? AND {as_read}",
                table.name()
            ),
            arguments: vec![
                BindValue::Text(self.payload.clone()),
                BindValue::Integer(self.id.cast_signed()),
                BindValue::Text(self.before.clone()),
            ],
        }
    }
}

/// Reads rows, with retries after transient errors such as a lock that a writer holds.
async fn read(
    store: &Store,
    connection: &mut Connection,
    statement: &Statement,
) -> Result<Vec<StoredRow>, StoreError> {
    let mut attempts = Retries::default();
    loop {
        let error = match connection.rows(statement.clone()).await {
            Ok(rows) => return Ok(rows),
            Err(error) => error,
        };
        if !attempts
            .another(Some(error.class()), store, connection)
            .await?
        {
            return Err(error);
        }
    }
}

/// Writes the changes, with retries; repeating an erasure is harmless. Returns whether each row was as it had been read.
async fn write(
    store: &Store,
    connection: &mut Connection,
    updates: Vec<Statement>,
) -> Result<bool, StoreError> {
    let mut attempts = Retries::default();
    loop {
        let done = connection.execute_together(updates.clone());
        let error = match within(LONGEST_STEP, done).await {
            Ok(touched) => return Ok(touched.into_iter().all(|rows| rows > 0)),
            Err(error) => error,
        };
        if !attempts
            .another(Some(error.class()), store, connection)
            .await?
        {
            return Err(error);
        }
    }
}
