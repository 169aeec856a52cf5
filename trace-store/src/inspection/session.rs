//! The settings of the recorder's sessions on this server.

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::{Connection, StoreError};

/// Packet that holds the largest row: a payload of 64 KiB, and texts of full width.
const SMALLEST_PACKET: usize = 128 << 10;
/// Packet a quarter of which is a statement of full size.
const GOOD_PACKET: usize = 4 << 20;

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    if let Some(error) = &subject.unset {
        let remedy = "let the account set this variable, or set it on the server";
        return Ok(vec![Finding::of_error(Check::Session, error, remedy)]);
    }
    let Connection::MySql(session) = subject.connection().await? else {
        return Ok(Vec::new());
    };
    let mut findings: Vec<_> = of_packet(session.packet()).into_iter().collect();
    if session.logs_statements() {
        findings.push(Finding::warn(
            Check::Session,
            "the binary log holds statements (`binlog_format = STATEMENT`), so writers use REPEATABLE READ and lock more",
            "set `binlog_format = ROW` on the server",
        ));
    }
    if findings.is_empty() {
        let found = format!(
            "strict mode, READ COMMITTED, `max_allowed_packet` of {} MiB",
            session.packet() >> 20
        );
        findings.push(Finding::ok(Check::Session, found));
    }
    Ok(findings)
}

fn of_packet(packet: usize) -> Option<Finding> {
    let remedy = "set `max_allowed_packet` on the server to 16 MiB or more";
    let kib = packet >> 10;
    if packet < SMALLEST_PACKET {
        Some(Finding::fail(
            Check::Session,
            format!(
                "`max_allowed_packet` of {kib} KiB does not hold a row with a payload of 64 KiB"
            ),
            remedy,
        ))
    } else if packet < GOOD_PACKET {
        let found =
            format!("`max_allowed_packet` of {kib} KiB keeps the statements of a batch small");
        Some(Finding::warn(Check::Session, found, remedy))
    } else {
        None
    }
}
