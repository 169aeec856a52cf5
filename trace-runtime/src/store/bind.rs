//! Rows as the parameters of a statement.

use std::fmt::Write as _;

use behavior_trace_core::Activity;
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
    let mut occurred_at = String::new();
    for row in rows {
        add(&mut arguments, row, &mut occurred_at).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Times go as text: no session's time zone can change them. `occurred_at` is room for it, the same for all rows.
fn add<A>(
    arguments: &mut A,
    row: &Activity<'_>,
    occurred_at: &mut String,
) -> Result<(), BoxDynError>
where
    A: Arguments,
    for<'t> &'t str: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
{
    occurred_at.clear();
    write!(occurred_at, "{}", row.occurred_at)?;
    let mut event_id = uuid::Uuid::encode_buffer();
    arguments.add(&*row.event_id.hyphenated().encode_lower(&mut event_id))?;
    arguments.add(occurred_at.as_str())?;
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
