//! The store in memory, which lives as long as the process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use behavior_trace_core::{Activity, Timestamp, limits};
use uuid::Uuid;

use super::{ErrorClass, RowRefusal, StoreError};

/// Rows in memory, shared by all clones and checked by the same rules as the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<MemoryRows>>);

#[derive(Debug, Default)]
struct MemoryRows {
    stored: Vec<Activity<'static>>,
    events: HashSet<(Timestamp, Uuid)>,
}

impl MemoryStore {
    /// Stores all rows or none, as one statement does.
    pub(super) fn insert(&self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        if let Some(column) = rows.iter().find_map(unfit) {
            return Err(refused(column));
        }
        let mut stored = self.rows();
        for row in rows {
            if stored.events.insert((row.occurred_at, row.event_id)) {
                stored.stored.push(row.clone().into_owned());
            }
        }
        Ok(())
    }

    /// Stores the rows that fit, and returns the others.
    pub(super) fn sift(&self, rows: &[Activity<'_>]) -> Vec<RowRefusal> {
        let mut refused: Vec<RowRefusal> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            match self.insert(std::slice::from_ref(row)) {
                Ok(()) => refused.iter_mut().for_each(|it| it.passed_after = true),
                Err(error) => refused.push(RowRefusal {
                    index,
                    error,
                    passed_after: false,
                }),
            }
        }
        refused
    }

    /// Checks whether a row fits.
    #[expect(clippy::unused_self, reason = "the same shape as a database's session")]
    pub(super) fn probe_row(&self, row: &Activity<'_>) -> Result<(), StoreError> {
        unfit(row).map_or(Ok(()), |column| Err(refused(column)))
    }

    /// Calls `look` with the rows in the order in which they were stored.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&[Activity<'static>]) -> T) -> T {
        look(&self.rows().stored)
    }

    /// Locks the rows. A panic under the lock leaves them valid, because rows are only ever appended.
    fn rows(&self) -> MutexGuard<'_, MemoryRows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(column: &str) -> StoreError {
    StoreError::new(
        ErrorClass::Value,
        format!("the value does not fit the column `{column}`"),
    )
}

/// Returns the first column whose value the table would refuse.
fn unfit(row: &Activity<'_>) -> Option<&'static str> {
    let texts = [
        ("actor_type", Some(&*row.actor_type), limits::ACTOR_TYPE),
        ("action", Some(&*row.action), limits::ACTION),
        ("resource", Some(&*row.resource), limits::RESOURCE),
        (
            "resource_id",
            row.resource_id.as_deref(),
            limits::RESOURCE_ID,
        ),
        (
            "correlation_id",
            row.correlation_id.as_deref(),
            limits::CORRELATION_ID,
        ),
        ("request_id", row.request_id.as_deref(), limits::REQUEST_ID),
        ("route_name", row.route_name.as_deref(), limits::ROUTE_NAME),
        ("ip_address", row.ip_address.as_deref(), limits::IP_ADDRESS),
        ("user_agent", row.user_agent.as_deref(), limits::USER_AGENT),
    ];
    let longer = |text: &str, limit: usize| text.chars().nth(limit).is_some();
    if row.occurred_at.to_string().parse::<Timestamp>().is_err() {
        return Some("occurred_at");
    }
    if serde_json::from_str::<&serde_json::value::RawValue>(&row.payload).is_err() {
        return Some("payload");
    }
    texts
        .into_iter()
        .find(|(_, text, limit)| text.is_some_and(|text| longer(text, *limit)))
        .map(|(column, ..)| column)
}
