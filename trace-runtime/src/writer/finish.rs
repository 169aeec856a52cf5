//! From an event to a row.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Event, Policy};
use tokio::time::Instant;
use uuid::Uuid;

use super::batch::{Batch, Origin};
use super::rows::Rows;
use super::{Destination, Writer};
use crate::health::{Fault, FaultKind};
use crate::policy::DefaultPolicy;
use crate::queue::Frame;
use crate::shared::Shared;
use crate::stats::Term;

impl<D: Destination> Writer<D> {
    /// Cuts the next batch from the backlog.
    pub(super) fn cut(&mut self, now: Instant) -> Option<Batch> {
        if self.backlog.is_empty() {
            return None;
        }
        let shared = &self.shared;
        // For the whole batch: asking for it is not free.
        let policy = shared.rules.load();
        let cut = self.backlog.cut(
            now,
            |frame, rows| finish(shared, &*policy, frame, rows),
            |buffer| shared.queue.recycle(buffer),
        );
        if cut.rows.is_empty() {
            shared.queue.release(cut.bytes);
            return None;
        }
        let (first, bytes) = (cut.first, cut.bytes);
        Some(Batch::new(cut.rows, Origin::Queue { first, bytes }))
    }
}

/// Draws the event's id, once and for all, and adds its row.
pub(super) fn finish(shared: &Shared, policy: &dyn Policy, frame: Frame<'_>, rows: &mut Rows) {
    let event = Event::decode(frame.occurred_at, frame.fields);
    let event_id = Uuid::new_v4();
    if let Ok(row) = catch_unwind(AssertUnwindSafe(|| policy.finish(event_id, &event))) {
        return rows.push(&row);
    }
    let tallies = shared.queue.tallies();
    tallies.add(Term::Panicked, 1);
    shared.tell(&Fault::new(
        FaultKind::Panic,
        "the policy panicked while finishing an event; the default policy finished it",
    ));
    let default = DefaultPolicy::default();
    let row = catch_unwind(AssertUnwindSafe(|| {
        Policy::finish(&default, event_id, &event)
    }));
    if let Ok(row) = row {
        rows.push(&row);
    } else {
        tallies.sub(Term::InHand, 1);
        tallies.add(Term::Policy, 1);
    }
}
