//! Kinds of queries, and their keys.

use std::error::Error;
use std::time::Duration;

use behavior_trace::query::{Query, Reader};
use behavior_trace::{Actor, Timestamp};
use behavior_trace_benches::table::last_id;
use fastrand::Rng;
use sqlx::{AssertSqlSafe, MySqlConnection, query_as};

/// The seed, so that each run has the same keys.
const SEED: u64 = 7;
/// Rows per page.
const PAGE: usize = 50;
/// The distance from a timestamp to both ends of a time range.
const DAYS: Duration = Duration::from_hours(84);
/// The fraction of the table, around their depth, within which the cursors are.
const AROUND: u64 = 200;

/// A kind of query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// The history of one resource.
    History,
    /// All rows of one correlation.
    Correlation,
    /// A page that begins at a cursor, at this number of hundredths below the newest row.
    Page(u64),
    /// The actions of one user in a week.
    Actor,
    /// The resources of one action in a week.
    Action,
    /// All rows of one request. The table for this benchmark has no index for it, nor for the next.
    Request,
    /// One event with an unknown time.
    Event,
}

/// A key of an existing row: timestamp, resource, its id, action, actor's id, correlation, request, event.
type Key = (
    String,
    String,
    String,
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    String,
);

impl Question {
    pub(crate) fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        Ok(match name {
            "history" => Self::History,
            "correlation" => Self::Correlation,
            "page_0" => Self::Page(0),
            "page_50" => Self::Page(50),
            "page_99" => Self::Page(99),
            "actor" => Self::Actor,
            "action" => Self::Action,
            "request" => Self::Request,
            "event" => Self::Event,
            other => return Err(format!("there is no question `{other}`").into()),
        })
    }

    /// Returns the key of the table that should answer the query.
    pub(crate) const fn index(self) -> &'static str {
        match self {
            Self::History => "operational_activity_history",
            Self::Correlation => "operational_activity_correlation",
            Self::Page(_) => "operational_activity_cursor",
            Self::Actor => "operational_activity_actor",
            Self::Action => "operational_activity_action",
            Self::Request => "operational_activity_request",
            Self::Event => "operational_activity_event_id",
        }
    }

    pub(crate) const fn is_page(self) -> bool {
        matches!(self, Self::Page(_))
    }

    /// Returns this number of queries, each with the key of another row, drawn evenly from the rows: resources that change
    /// often are queried often.
    pub(crate) async fn queries(
        self,
        connection: &mut MySqlConnection,
        reader: &Reader,
        count: usize,
    ) -> Result<Vec<Query>, Box<dyn Error>> {
        let (last, mut rng) = (last_id(connection).await?, Rng::with_seed(SEED));
        let (from, to) = match self {
            Self::Page(depth) => {
                let around = last / AROUND;
                let middle = (last - last * depth / 100).clamp(around + 1, last - around);
                (middle - around, middle + around)
            }
            _ => (1, last),
        };
        let mut queries = Vec::new();
        while queries.len() < count {
            let ids: Vec<_> = (0..count).map(|_| rng.u64(from..=to).to_string()).collect();
            // The text contains only generated numbers and a constant.
            let text = format!(
                "SELECT CAST(occurred_at AS CHAR), resource, resource_id, action, actor_id, correlation_id, request_id, \
                 event_id FROM operational_activity WHERE id IN ({}){}",
                ids.join(","),
                self.only()
            );
            let keys: Vec<Key> = query_as(AssertSqlSafe(text))
                .fetch_all(&mut *connection)
                .await?;
            if keys.is_empty() {
                return Err("the table has no rows; fill it first".into());
            }
            for key in keys {
                queries.push(self.query(reader, key)?);
            }
        }
        queries.truncate(count);
        rng.shuffle(&mut queries);
        Ok(queries)
    }

    /// Returns the condition for rows that have the key of the query.
    const fn only(self) -> &'static str {
        match self {
            Self::Correlation => " AND correlation_id IS NOT NULL",
            Self::Actor => " AND actor_type = 'USER'",
            Self::Request => " AND request_id IS NOT NULL",
            _ => "",
        }
    }

    fn query(self, reader: &Reader, key: Key) -> Result<Query, Box<dyn Error>> {
        let (moment, resource, resource_id, action, actor, correlation, request, event) = key;
        let moment: Timestamp = moment.parse()?;
        let query = reader.query().limit(PAGE);
        let days = i64::try_from(DAYS.as_micros())?;
        let shifted = |by: i64| Timestamp::from_micros(moment.as_micros() + by);
        Ok(match self {
            Self::History => query.resource(resource, resource_id),
            Self::Correlation => query.correlation_id(correlation.unwrap_or_default()),
            Self::Page(_) => query.before(moment),
            Self::Actor => query
                .actor(&Actor::user(actor.unwrap_or_default()))
                .since(shifted(-days))
                .before(shifted(days)),
            Self::Action => query
                .action(action)
                .since(shifted(-days))
                .before(shifted(days)),
            Self::Request => query.request_id(request.unwrap_or_default()),
            Self::Event => query.event_id(event.parse()?),
        })
    }
}
