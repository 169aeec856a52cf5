//! Forgetting a person.

mod error;
mod scrub;

use behavior_trace_core::Actor;

pub use error::ErasureError;

use crate::query::conditions_of;
use crate::store::filter::{Filter, Order, Position, Select, Table};
use crate::store::select::page;
use crate::store::{
    BindValue, Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Retries, Statement,
    Store, StoreError, StoredRow, within,
};
use error::Kind;
use scrub::Scrub;

/// Takes what tells about a person out of the rows of one actor, and keeps the fact that something was done.
///
/// The address and the agent become NULL, the actor's label and the named payload fields, wherever they stand in the
/// payload, become `"[erased]"`; so does a change in a diff whose path leads through one of them. The kind and id of the
/// actor, the action, the resource and the time stay, in both `operational_activity` and its archive. What others did *to*
/// the person is not touched.
///
/// Where it is not sure that one actor alone is meant it changes nothing, see [`including_clipped`](Self::including_clipped).
///
/// It works in small steps and does no harm twice, also beside another erasure of the same person; a run that broke off is run again. How long the server may look for the
/// actor's rows is not limited: without [`ExtraIndex::Actor`](crate::ExtraIndex::Actor) it reads the whole table. It needs
/// the rights that [`grants`](crate::grants) prints for the keeper. Rows that still wait in a spool are not reached, nor are
/// exports.
/// A payload that is changed is written anew: its keys in order, and the last digit of a number with a fraction may differ.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace_core::Actor;
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

/// What a run found and did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErasureReport {
    /// Rows of the actor, in both tables.
    pub matched: u64,
    /// Rows of which something was erased.
    pub changed: u64,
    /// Rows whose payload is no JSON and stayed as it is; look at them by hand.
    pub unreadable: u64,
}

/// Few enough that their locks are held for a moment.
const STEP: usize = 50;

impl Erasure {
    /// Of an actor with an id. Nothing is opened yet.
    pub fn new(url: &DatabaseUrl, actor: &Actor) -> Self {
        Self {
            url: url.clone(),
            actor: actor.clone(),
            scrub: Scrub::default(),
            dry_run: false,
            includes_clipped: false,
        }
    }

    /// The names of payload fields that tell about the person; capitals make no difference.
    pub fn payload_fields<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.scrub.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Counts, and changes nothing.
    pub const fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Means all actors of whom the same was stored. Of an id of more than 255 characters, and of a kind of more than 32, the
    /// rest is not there, and a kind of just 32 may be one that was cut: without this such an erasure is refused, for it may be of others too.
    pub const fn including_clipped(mut self) -> Self {
        self.includes_clipped = true;
        self
    }

    /// Goes through both tables.
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
        // The live table first: what retention moves meanwhile is met in the archive.
        for table in [Table::Live, Table::Archive] {
            self.run_over(table, &store, &filter, &mut connection, &mut report)
                .await?;
        }
        // The work is done, whether or not the server hears the farewell.
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
            report.add(&found);
            // Another erasure may be at the same rows: what it changed meanwhile is read again.
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

    /// What there is to change among these rows.
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

/// What one step found.
#[derive(Default)]
struct FoundRows {
    /// Where it ended; `None` if there was nothing.
    last: Option<Position>,
    matched: u64,
    unreadable: u64,
    changes: Vec<Change>,
}

impl ErasureReport {
    fn add(&mut self, found: &FoundRows) {
        self.matched += found.matched;
        self.unreadable += found.unreadable;
        self.changed += found.changes.len() as u64;
    }
}

/// A row that is to be written anew.
struct Change {
    id: u64,
    before: String,
    payload: String,
}

impl Change {
    /// It touches the row only as it was read.
    fn update(&self, store: &Store, table: Table) -> Statement {
        let as_read = match store.dialect() {
            #[cfg(feature = "mysql")]
            crate::store::Dialect::MySql => "CAST(payload AS CHAR) COLLATE utf8mb4_bin = ?",
            _ => "payload = ?",
        };
        Statement {
            text: format!(
                "UPDATE {} SET ip_address = NULL, user_agent = NULL, payload = ? WHERE id = ? AND {as_read}",
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

/// What may pass, a lock that a writer holds for instance, is waited for.
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

/// Returns whether each row was as it had been read. What may pass is waited for here too; to erase twice does no harm.
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
