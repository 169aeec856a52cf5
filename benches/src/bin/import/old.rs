//! The old table, of the third generation of the PHP package.

use std::error::Error;

use sqlx::{MySqlConnection, raw_sql};

const SCHEMA: &str = include_str!("../../../../tests/php/schema/g3.sql");

/// Takes the rows of the recorder's table as those of the old one.
const FILL: &str = "INSERT INTO maa_event_logging_behavior_trace (event_id, actor_type, actor_id, action, entity_type, \
     entity_id, metadata, correlation_id, request_id, route_name, ip_address, user_agent, occurred_at) \
     SELECT event_id, actor_type, actor_id, LEFT(action, 128), LEFT(resource, 64), \
     IF(resource_id REGEXP '^[0-9]{1,18}$', CAST(resource_id AS SIGNED), NULL), payload, correlation_id, request_id, \
     route_name, ip_address, user_agent, occurred_at FROM operational_activity ORDER BY id";

/// The plain copy, with the rules that SQL can hold.
const COPY: &str = "INSERT INTO operational_activity (event_id, occurred_at, actor_type, actor_id, action, resource, \
     resource_id, payload, correlation_id, request_id, route_name, ip_address, user_agent) \
     SELECT event_id, occurred_at, actor_type, actor_id, action, COALESCE(entity_type, ''), CAST(entity_id AS CHAR), \
     metadata, correlation_id, request_id, route_name, ip_address, user_agent \
     FROM maa_event_logging_behavior_trace ORDER BY id";

/// Creates and fills the old table.
pub(crate) async fn make(connection: &mut MySqlConnection) -> Result<(), Box<dyn Error>> {
    for text in [
        SCHEMA,
        FILL,
        "ANALYZE TABLE maa_event_logging_behavior_trace",
    ] {
        raw_sql(text).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Empties the recorder's table.
pub(crate) async fn empty(connection: &mut MySqlConnection) -> Result<(), Box<dyn Error>> {
    raw_sql("TRUNCATE TABLE operational_activity")
        .execute(connection)
        .await?;
    Ok(())
}

/// Copies all rows by one statement.
pub(crate) async fn copy(connection: &mut MySqlConnection) -> Result<(), Box<dyn Error>> {
    raw_sql(COPY).execute(connection).await?;
    Ok(())
}
