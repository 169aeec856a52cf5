//! Exact size of a row on its way to the server.

use behavior_trace_core::Activity;

use crate::store::sql::COLUMNS;
use crate::store::{ErrorClass, StoreError};

/// Size of the command, statement id, flags, iterations, NULL bitmap, type marker and types.
const FIXED: usize = 1 + 4 + 1 + 4 + COLUMNS.div_ceil(8) + 1 + 2 * COLUMNS;
const EVENT_ID: usize = 36;
const ACTOR_ID: usize = 8;

/// Returns the size of the packet that executes the prepared statement with this row alone.
pub(super) fn packet_of(row: &Activity<'_>) -> usize {
    let given = [&row.actor_type, &row.action, &row.resource, &row.payload];
    let optional = [
        &row.resource_id,
        &row.correlation_id,
        &row.request_id,
        &row.route_name,
        &row.ip_address,
        &row.user_agent,
    ];
    let texts = given.into_iter().chain(optional.into_iter().flatten());
    FIXED
        + encoded(EVENT_ID)
        + encoded(row.occurred_at.to_string().len())
        + row.actor_id.map_or(0, |_| ACTOR_ID)
        + texts.map(|text| encoded(text.len())).sum::<usize>()
}

/// Returns the encoded size of a text, which follows its length.
const fn encoded(length: usize) -> usize {
    let prefix = match length {
        0..=250 => 1,
        251..=0xffff => 3,
        0x1_0000..=0xff_ffff => 4,
        _ => 9,
    };
    prefix + length
}

/// Refuses a row that no packet can hold. A server responds to such a packet by closing the connection, and MariaDB sends no
/// error first. The outcome would look unknown on every attempt.
pub(super) fn check_size(row: &Activity<'_>, max_allowed_packet: usize) -> Result<(), StoreError> {
    let size = packet_of(row);
    // The server refuses a packet of exactly this size.
    if size < max_allowed_packet {
        return Ok(());
    }
    Err(StoreError::new(
        ErrorClass::TooBig,
        format!(
            "the row takes a packet of {size} bytes; the server's `max_allowed_packet` of {max_allowed_packet} must be \
             larger"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::Timestamp;
    use behavior_trace_core::activity;
    use behavior_trace_servers::{Kind, Server};

    use super::*;
    use crate::migrate::Migrations;
    use crate::store::mysql::{Options, Session};
    use crate::store::purpose::Purpose;

    const PACKET: usize = 64 * 1024;

    fn row_of(size: usize) -> Activity<'static> {
        let mut row = activity! {
            event_id: uuid::Uuid::new_v4(),
            occurred_at: Timestamp::now(),
            actor_type: "USER".into(),
            actor_id: Some(7),
            action: "user.update".into(),
            resource: "User".into(),
            request_id: Some("r".repeat(64).into()),
            user_agent: Some("é".repeat(200).into()),
            payload: "{}".into(),
            ..Activity::default()
        };
        // The length of a payload this long takes two bytes more.
        let filler = size - packet_of(&row) - r#""p":"""#.len() - 2;
        row.payload = format!(r#"{{"p":"{}"}}"#, "x".repeat(filler)).into();
        assert_eq!(packet_of(&row), size);
        row
    }

    async fn a_row_is_too_big_exactly_where_the_server_says_so(kind: Kind) {
        let server = Server::builder(kind)
            .arg(format!("--max-allowed-packet={PACKET}"))
            .start()
            .expect("a server");
        let name = "a_row_is_too_big_exactly";
        let url = server.database(name).expect("a database");
        let of_url = url.parse().expect("a good URL");
        Migrations::new(&of_url).run().await.expect("migrated");
        let options = Options::parse(&url).expect("a good URL");
        for (size, fits) in [(PACKET - 1, true), (PACKET, false), (PACKET + 1, false)] {
            let row = row_of(size);
            let connect = || Session::connect(&options, Purpose::Maintainer);
            let mut session = connect().await.expect("a session");
            session.learned.packet = usize::MAX;
            let sent = session.insert(std::slice::from_ref(&row)).await;
            assert_eq!(sent.is_ok(), fits, "{kind}: {size} of {PACKET}: {sent:?}");
            let mut session = connect().await.expect("a session");
            let checked = session.insert(&[row]).await;
            let class = checked.map_err(|error| error.class());
            let expected = if fits {
                Ok(())
            } else {
                Err(ErrorClass::TooBig)
            };
            assert_eq!(class, expected, "{kind}: {size} of {PACKET}");
        }
    }

    #[tokio::test]
    async fn a_row_is_too_big_exactly_where_mariadb_says_so() {
        a_row_is_too_big_exactly_where_the_server_says_so(Kind::MariaDb).await;
    }

    #[tokio::test]
    async fn a_row_is_too_big_exactly_where_mysql_says_so() {
        a_row_is_too_big_exactly_where_the_server_says_so(Kind::MySql).await;
    }
}
