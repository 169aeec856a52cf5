//! Binding of rows as the parameters of a statement.

use behavior_trace_core::{Activity, Timestamp};
use sqlx::error::BoxDynError;
use sqlx::{Arguments, Encode, Type};

use super::sql::{COLUMNS, weight};

/// A text parameter, encoded in the dialect's own form.
pub(super) struct BoundText<'t>(pub(super) &'t str);

/// Binds the values of the rows, row by row in the order of the columns.
pub(super) fn bind<A>(rows: &[Activity<'_>]) -> Result<A, sqlx::Error>
where
    A: Arguments,
    for<'t> BoundText<'t>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<BoundText<'t>>: Encode<'t, A::Database> + Type<A::Database>,
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

/// Adds the values of one row. Times are sent as text, so that no session's time zone can change them.
fn add<A>(arguments: &mut A, row: &Activity<'_>, occurred_at: &str) -> Result<(), BoxDynError>
where
    A: Arguments,
    for<'t> BoundText<'t>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<BoundText<'t>>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut event_id = uuid::Uuid::encode_buffer();
    let event_id = row.event_id.hyphenated().encode_lower(&mut event_id);
    arguments.add(BoundText(event_id))?;
    arguments.add(BoundText(occurred_at))?;
    arguments.add(BoundText(&row.actor_type))?;
    arguments.add(row.actor_id)?;
    arguments.add(BoundText(&row.action))?;
    arguments.add(BoundText(&row.resource))?;
    arguments.add(row.resource_id.as_deref().map(BoundText))?;
    arguments.add(BoundText(&row.payload))?;
    arguments.add(row.correlation_id.as_deref().map(BoundText))?;
    arguments.add(row.request_id.as_deref().map(BoundText))?;
    arguments.add(row.route_name.as_deref().map(BoundText))?;
    arguments.add(row.ip_address.as_deref().map(BoundText))?;
    arguments.add(row.user_agent.as_deref().map(BoundText))
}

/// Formatter of successive timestamps. Under load most share their second with the previous one, so only the fraction is
/// written again.
#[derive(Default)]
struct Moments {
    second: Option<i64>,
    text: String,
}

impl Moments {
    fn text(&mut self, moment: Timestamp) -> &str {
        const SECOND: i64 = 1_000_000;
        const DIGITS: usize = 6;
        let micros = moment.as_micros();
        let second = Some(micros.div_euclid(SECOND));
        if second == self.second {
            // A leading 1, which is cut off again, keeps all zeros of the fraction.
            let mut digits = itoa::Buffer::new();
            let fraction = &digits.format(SECOND + micros.rem_euclid(SECOND))[1..];
            // All of the text is ASCII.
            self.text.drain(self.text.len() - DIGITS..);
            self.text.push_str(fraction);
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
