//! Counting the rows of a query by group.

use behavior_trace_core::Timestamp;
use serde::Serialize;

use super::error::Kind;
use super::fetch::in_time;
use super::{Query, QueryError};
use crate::store::filter::Condition;
use crate::store::group::{CountBy, Counted};

const HOUR: i64 = 3_600_000_000;

/// Numbers of rows by group, returned by [`Query::count_by`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupCounts {
    /// Groups: hours in the order of time, others largest first, and those of equal size by key.
    pub groups: Vec<GroupCount>,
    /// Number of rows in groups beyond the limit; 0 if all groups are here.
    pub rows_left_out: u64,
}

/// Number of rows of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupCount {
    /// The group, in the form that [`CountBy`] describes.
    pub key: String,
    /// Number of its rows.
    pub rows: u64,
}

impl Query {
    /// Maximum number of groups of a count.
    pub const MAX_GROUPS: usize = 1_000;

    /// Counts the rows by a property, in at most `limit` groups: the largest, or the latest hours. `limit` is clamped to 1 to
    /// [`MAX_GROUPS`](Self::MAX_GROUPS). The cursor, the order and the limit of the query have no effect.
    ///
    /// The store reads every row of the time range that meets the filters, so the query needs a [`since`](Self::since). One
    /// index finds the range. Texts that differ in case or in trailing spaces are different groups. Between the first and
    /// the last hour, hours without rows are present with 0.
    ///
    /// ```
    /// # use behavior_trace::Timestamp;
    /// # use behavior_trace::query::{CountBy, Reader};
    /// # async fn example(reader: Reader) -> Result<(), Box<dyn std::error::Error>> {
    /// const DAY: i64 = 24 * 3_600_000_000;
    /// let yesterday = Timestamp::from_micros(Timestamp::now().as_micros() - DAY);
    /// let actors = reader.query().since(yesterday).count_by(CountBy::Actor, 10).await?;
    /// for group in &actors.groups {
    ///     println!("{:>9} {}", group.rows, group.key);
    /// }
    /// if actors.rows_left_out > 0 {
    ///     println!("{:>9} by others", actors.rows_left_out);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the query has no `since`, the store returns an error, or the count takes more than 30 s.
    pub async fn count_by(&self, by: CountBy, limit: usize) -> Result<GroupCounts, QueryError> {
        if !self.has_start() {
            return Err(Kind::Unbounded.into());
        }
        let limit = limit.clamp(1, Self::MAX_GROUPS);
        let counting = self
            .pool
            .count_by(by, &self.filter, self.with_archive, limit);
        let counted = in_time(counting).await?;
        Ok(match by {
            CountBy::Hour => of_hours(&counted, limit),
            _ => of_groups(counted),
        })
    }

    fn has_start(&self) -> bool {
        let mut conditions = self.filter.0.iter();
        conditions.any(|condition| matches!(condition, Condition::From(_)))
    }
}

fn of_groups(Counted { groups, rows }: Counted) -> GroupCounts {
    let given: u64 = groups.iter().map(|(_, rows)| rows).sum();
    let group = |(key, rows)| GroupCount { key, rows };
    GroupCounts {
        groups: groups.into_iter().map(group).collect(),
        rows_left_out: rows.saturating_sub(given),
    }
}

/// Returns the hours in the order of time, with the empty ones between. The given ones come latest first.
fn of_hours(Counted { groups, rows }: &Counted, limit: usize) -> GroupCounts {
    let hours = groups.iter().filter_map(|(key, rows)| {
        let start: Timestamp = format!("{key}:00:00").parse().ok()?;
        Some((start.as_micros(), *rows))
    });
    let mut latest_first: Vec<GroupCount> = Vec::new();
    let mut next = None;
    for (start, rows) in hours {
        let mut at = next.unwrap_or(start);
        // An hour that is not before the one already given would be a copy.
        while at > start && latest_first.len() < limit {
            latest_first.push(hour(at, 0));
            at -= HOUR;
        }
        if latest_first.len() == limit {
            break;
        }
        latest_first.push(hour(start, rows));
        next = Some(start - HOUR);
    }
    // Empty hours at the front are of no group.
    while latest_first.last().is_some_and(|hour| hour.rows == 0) {
        latest_first.pop();
    }
    latest_first.reverse();
    let given: u64 = latest_first.iter().map(|hour| hour.rows).sum();
    GroupCounts {
        groups: latest_first,
        rows_left_out: rows.saturating_sub(given),
    }
}

fn hour(start: i64, rows: u64) -> GroupCount {
    let text = Timestamp::from_micros(start).to_string();
    let key = format!("{}T{}Z", &text[..10], &text[11..19]);
    GroupCount { key, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_that_no_clock_shows_is_left_out_and_counted() {
        let groups = [("zzzz", 2), ("2026-09-21 14", 3)];
        let groups = groups.map(|(key, rows)| (key.to_owned(), rows)).into();
        let counts = of_hours(&Counted { groups, rows: 5 }, 10);
        assert_eq!(counts.rows_left_out, 2);
        assert_eq!(counts.groups.len(), 1);
    }

    #[test]
    fn the_empty_hours_of_a_year_take_no_more_room_than_the_limit() {
        let groups = [("2026-09-21 14", 3), ("1970-01-01 00", 1)];
        let groups = groups.map(|(key, rows)| (key.to_owned(), rows)).into();
        let counts = of_hours(&Counted { groups, rows: 4 }, 1_000);
        assert_eq!((counts.groups.len(), counts.rows_left_out), (1, 1));
    }
}
