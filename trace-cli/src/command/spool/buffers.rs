//! Mapped buffers: the events of killed processes that no spool has.

use std::io;

use behavior_trace::spool::{BufferInfo, Buffers};
use indicatif::HumanBytes;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Color, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;
use crate::words::counted;

/// Maximum size of a spool that events move to. They are drained at once, so the volume is the limit.
const SPOOL_BYTES: u64 = 1 << 40;

/// A slot as an item of a list.
#[derive(Serialize)]
struct BufferRow {
    slot: usize,
    owner_alive: bool,
    events: u64,
    bytes: u64,
    policies: Vec<String>,
    problems: Vec<String>,
}

pub(super) fn list(session: &mut CommandSession, buffers: &Buffers) -> Result<(), Failure> {
    let slots = buffers.list().map_err(|error| failure(&error))?;
    if slots.is_empty() {
        session.note("no mapped buffers: no recorder with them has used this directory");
    }
    let mut list = session.output.list(&session.clock);
    for slot in slots {
        list.item(&BufferRow::new(slot))?;
    }
    Ok(list.end(None)?)
}

/// Notes how many events of killed processes are in buffers.
pub(super) fn note_left(session: &CommandSession, buffers: &Buffers) {
    let slots = match buffers.list() {
        Ok(slots) => slots,
        Err(error) => return session.note(&format!("mapped buffers cannot be listed: {error}")),
    };
    let left = slots.iter().filter(|slot| !slot.owner_alive);
    let left: u64 = left.map(|slot| slot.events).sum();
    if left > 0 {
        let left = counted(left, "event");
        session.note(&format!(
            "{left} of killed processes in mapped buffers; the next recorder stores them, and so does `spool drain --all`"
        ));
    }
}

/// Moves the events of killed processes to the spool. Returns what wants a look: files that cannot be read, or a spool that
/// took no more. The slots are drained nevertheless.
pub(super) async fn move_to_spool(session: &CommandSession, buffers: &Buffers) -> Vec<String> {
    let moved = match buffers.move_to_spool(SPOOL_BYTES).await {
        Ok(moved) => moved,
        Err(error) => return vec![format!("events are left in mapped buffers: {error}")],
    };
    if moved.events > 0 {
        let events = counted(moved.events, "event");
        session.note(&format!("{events} moved from mapped buffers to the spool"));
    }
    if moved.waiting > 0 {
        let waiting = counted(moved.waiting, "event");
        session.note(&format!(
            "{waiting} left in mapped buffers for a recorder with another policy; `spool buffers` names it"
        ));
    }
    moved.problems
}

fn failure(error: &io::Error) -> Failure {
    Failure::of(false, &format!("mapped buffers: {error}"))
}

impl BufferRow {
    fn new(info: BufferInfo) -> Self {
        Self {
            slot: info.slot,
            owner_alive: info.owner_alive,
            events: info.events,
            bytes: info.bytes,
            policies: info.policies,
            problems: info.problems,
        }
    }
}

impl OutputRecord for BufferRow {
    const FIELDS: &'static [&'static str] = &[
        "slot",
        "owner_alive",
        "events",
        "bytes",
        "policies",
        "problems",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["slot", "owner", "events", "size", "policies", "problems"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let owner = if self.owner_alive {
            TextCell::new("alive").color(Color::Green)
        } else {
            TextCell::new("gone").color(Color::Dim)
        };
        vec![
            TextCell::number(self.slot),
            owner,
            TextCell::number(self.events),
            TextCell::number(HumanBytes(self.bytes)),
            TextCell::new(self.policies.join(", ")),
            TextCell::new(self.problems.join("; ")).color(Color::Red),
        ]
    }
}
