//! Forgetting a person.

mod error;
mod scrub;

use behavior_trace_core::Actor;

pub use error::EraseError;

use crate::query::conditions_of;
use crate::store::filter::{Filter, Order, Position, Select, Table};
use crate::store::select::page;
use crate::store::{
    Argument, Attempts, Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Row,
    Statement, Store, StoreError, within,
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
/// It works in small steps and does no harm twice; a run that broke off is run again. How long the server may look for the
/// actor's rows is not limited: without [`ExtraIndex::Actor`](crate::ExtraIndex::Actor) it reads the whole table. It needs
/// the rights that [`grants`](crate::grants) prints for the keeper. Rows that still wait in a spool are not reached, nor are
/// exports.
/// A payload that is changed is written anew: its keys in order, and numbers beyond 64 bits rounded.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace_core::Actor;
/// use behavior_trace_runtime::Erasure;
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

/// Few enough that their payloads fit into one statement.
const STEP: usize = 50;

impl Erasure {
    /// Of an actor with an id. Nothing is opened yet.
    pub fn new(url: &DatabaseUrl, actor: &Actor) -> Self {
        Self {
            url: url.clone(),
            actor: actor.clone(),
            scrub: Scrub::default(),
            dry_run: false,
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

    /// Goes through both tables.
    pub async fn run(&self) -> Result<ErasureReport, EraseError> {
        if self.actor.id().is_none() {
            return Err(Kind::Nobody.into());
        }
        let store = Store::open(&self.url);
        let mut connection = within(LONGEST_CONNECT, store.connect(Purpose::Keeper)).await?;
        let filter = Filter(conditions_of(&self.actor));
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
    ) -> Result<(), EraseError> {
        let mut after: Option<Position> = None;
        loop {
            let select = Select {
                filter,
                order: Order::OldestFirst,
                after: after.as_ref(),
                limit: STEP,
            };
            let rows = read(store, connection, &page(store.dialect(), table, select)).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = Some(Position {
                occurred_at: last.occurred_at.clone(),
                id: last.id,
            });
            let changed = self.changed(&rows, report);
            if !self.dry_run && !changed.is_empty() {
                write(store, connection, &update(table, &changed)).await?;
            }
        }
    }

    /// The ids of the rows that must change, with their new payloads.
    fn changed(&self, rows: &[Row], report: &mut ErasureReport) -> Vec<(u64, String)> {
        let mut changed = Vec::new();
        for row in rows {
            report.matched += 1;
            let payload = self.scrub.payload(&row.activity.payload);
            if payload.is_err() {
                report.unreadable += 1;
            }
            let payload = payload.unwrap_or_default();
            if payload.is_some()
                || row.activity.ip_address.is_some()
                || row.activity.user_agent.is_some()
            {
                report.changed += 1;
                changed.push((
                    row.id,
                    payload.unwrap_or_else(|| row.activity.payload.to_string()),
                ));
            }
        }
        changed
    }
}

/// What may pass, a lock that a writer holds for instance, is waited for.
async fn read(
    store: &Store,
    connection: &mut Connection,
    statement: &Statement,
) -> Result<Vec<Row>, StoreError> {
    let mut attempts = Attempts::default();
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

/// The same; to erase twice does no harm.
async fn write(
    store: &Store,
    connection: &mut Connection,
    statement: &Statement,
) -> Result<(), StoreError> {
    let mut attempts = Attempts::default();
    loop {
        let Err(error) = within(LONGEST_STEP, connection.execute(statement.clone())).await else {
            return Ok(());
        };
        if !attempts
            .another(Some(error.class()), store, connection)
            .await?
        {
            return Err(error);
        }
    }
}

/// One statement for the whole step.
fn update(table: Table, changed: &[(u64, String)]) -> Statement {
    let cases = "WHEN ? THEN ? ".repeat(changed.len());
    let ids = vec!["?"; changed.len()].join(", ");
    let id = |id: &u64| Argument::Integer(id.cast_signed());
    let mut arguments = Vec::with_capacity(changed.len() * 3);
    for (row, payload) in changed {
        arguments.extend([id(row), Argument::Text(payload.clone())]);
    }
    arguments.extend(changed.iter().map(|(row, _)| id(row)));
    Statement {
        text: format!(
            "UPDATE {} SET ip_address = NULL, user_agent = NULL, payload = CASE id {cases}END WHERE id IN ({ids})",
            table.name()
        ),
        arguments,
    }
}
