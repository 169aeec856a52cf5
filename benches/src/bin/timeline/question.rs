//! Kinds of pages, and the addresses of those with the keys of existing rows.

use std::error::Error;
use std::time::Duration;

use behavior_trace::Timestamp;
use behavior_trace_benches::table::last_id;
use fastrand::Rng;
use sqlx::{AssertSqlSafe, MySqlConnection, query_as};

/// The seed, so that each run has the same keys.
const SEED: u64 = 11;
/// The distance from a timestamp to both ends of a time range.
const DAYS: Duration = Duration::from_hours(84);

/// A kind of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// The first page.
    First,
    /// A page far below the newest row.
    Before,
    /// The history of one resource.
    History,
    /// All rows of one correlation.
    Story,
    /// One actor, in the last 30 days.
    Actor,
    /// One action in a week, by its opt-in index.
    Action,
    /// One address of a client in a week. No index has it.
    Address,
    /// A request that no row has, in a week. All rows of the week are read.
    Nothing,
    /// One event with its time.
    Event,
}

/// A key of an existing row: timestamp, resource, its id, action, actor's id, correlation, address, event.
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
            "first" => Self::First,
            "before" => Self::Before,
            "history" => Self::History,
            "story" => Self::Story,
            "actor" => Self::Actor,
            "action" => Self::Action,
            "address" => Self::Address,
            "nothing" => Self::Nothing,
            "event" => Self::Event,
            other => return Err(format!("there is no question `{other}`").into()),
        })
    }

    /// Returns this number of addresses, each with the key of another row, drawn evenly from the rows: resources that change
    /// often are asked for often.
    pub(crate) async fn addresses(
        self,
        connection: &mut MySqlConnection,
        count: usize,
    ) -> Result<Vec<String>, Box<dyn Error>> {
        let (last, mut rng) = (last_id(connection).await?, Rng::with_seed(SEED));
        let mut addresses = Vec::new();
        while addresses.len() < count {
            let ids: Vec<_> = (0..count).map(|_| rng.u64(1..=last).to_string()).collect();
            // The text contains only generated numbers and a constant.
            let text = format!(
                "SELECT CAST(occurred_at AS CHAR), resource, resource_id, action, actor_id, correlation_id, ip_address, \
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
                addresses.push(self.address(key)?);
            }
        }
        addresses.truncate(count);
        Ok(addresses)
    }

    /// Returns the condition for rows that have the key of the page.
    const fn only(self) -> &'static str {
        match self {
            Self::Story => " AND correlation_id IS NOT NULL",
            Self::Actor => " AND actor_type = 'USER'",
            Self::Address => " AND ip_address IS NOT NULL",
            _ => "",
        }
    }

    fn address(self, key: Key) -> Result<String, Box<dyn Error>> {
        let (time, resource, id, action, actor, correlation, address, event) = key;
        let time: Timestamp = time.parse()?;
        let days = i64::try_from(DAYS.as_micros())?;
        let shifted = |by: i64| Timestamp::from_micros(time.as_micros() + by).to_rfc3339();
        let week = format!("since={}&before={}", shifted(-days), shifted(days));
        Ok(match self {
            Self::First => "/".to_owned(),
            Self::Before => format!("/?before={}", shifted(0)),
            Self::History => format!("/resource/{resource}/{id}"),
            Self::Story => format!("/story/{}", correlation.unwrap_or_default()),
            Self::Actor => format!("/actor/user/{}", actor.unwrap_or_default()),
            Self::Action => format!("/?action={action}&{week}"),
            Self::Address => format!("/?address={}&{week}", address.unwrap_or_default()),
            Self::Nothing => format!("/?request=none&{week}"),
            Self::Event => format!("/event/{event}?at={}", time.as_micros()),
        })
    }
}
