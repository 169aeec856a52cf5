//! A row as the parameters of a statement.

use std::fmt::Write as _;

use behavior_trace_core::Activity;
use sqlx::Encode;
use sqlx::Type;
use sqlx::error::BoxDynError;

/// Adds a row's values in the order of the columns. Times go as text: no session's time zone can change them.
pub(super) fn bind<A>(arguments: &mut A, row: &Activity<'_>) -> Result<(), BoxDynError>
where
    A: sqlx::Arguments,
    for<'t> &'t str: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut occurred_at = String::with_capacity(26);
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
