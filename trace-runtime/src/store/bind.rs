//! Rows as the parameters of a statement.

use std::fmt::Write as _;

use behavior_trace_core::{Activity, Timestamp};
use sqlx::error::BoxDynError;
use sqlx::{Arguments, Encode, Type};

use super::sql::{COLUMNS, weight};

/// The rows' values, row by row in the order of the columns.
pub(super) fn bind<A>(rows: &[Activity<'_>]) -> Result<A, sqlx::Error>
where
    A: Arguments,
    for<'t> &'t str: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    arguments.reserve(rows.len() * COLUMNS, rows.iter().map(weight).sum());
    let mut moments = Moments::default();
    for row in rows {
        add(&mut arguments, row, moments.text(row.occurred_at)).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Times go as text: no session's time zone can change them.
fn add<A>(arguments: &mut A, row: &Activity<'_>, occurred_at: &str) -> Result<(), BoxDynError>
where
    A: Arguments,
    for<'t> &'t str: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut event_id = uuid::Uuid::encode_buffer();
    arguments.add(&*row.event_id.hyphenated().encode_lower(&mut event_id))?;
    arguments.add(occurred_at)?;
    arguments.add(&*row.actor_type)?;
    arguments.add(row.actor_id)?;
    arguments.add(&*row.action)?;
    arguments.add(&*row.resource)?;
    arguments.add(row.resource_id.as_deref())?;
    arguments.add(&*row.payload)?;
    arguments.add(row.correlation_id.as_deref())?;
    arguments.add(row.request_id.as_deref())?;
    arguments.add(row.route_name.as_deref())?;
    arguments.add(row.ip_address.as_deref())?;
    arguments.add(row.user_agent.as_deref())
}

/// Moments as text, one after the other. Under load most are of the same second as the one before, and all but the
/// fraction stays as it is.
#[derive(Default)]
struct Moments {
    second: Option<i64>,
    text: String,
}

impl Moments {
    fn text(&mut self, moment: Timestamp) -> &str {
        const DIGITS: usize = 6;
        let micros = moment.as_micros();
        let second = Some(micros.div_euclid(1_000_000));
        if second == self.second {
            // All of it is ASCII.
            self.text.drain(self.text.len() - DIGITS..);
            // Writing to a `String` does not fail.
            let _ = write!(self.text, "{:0DIGITS$}", micros.rem_euclid(1_000_000));
        } else {
            self.text = moment.to_string();
            self.second = second;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_the_same_whatever_came_before_it() {
        let mut moments = Moments::default();
        let second = 1_700_000_000_000_000;
        let around = [0, 1, 999_999, 1_000_000, 1_000_001, 999_998, 0, -1, 100_000];
        for micros in around
            .map(|micros| second + micros)
            .into_iter()
            .chain([-1, 0, -2])
        {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(moments.text(moment), moment.to_string());
        }
    }
}
