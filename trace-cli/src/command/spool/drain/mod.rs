//! `behavior-trace spool drain`.

mod all;
mod report;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::spool::{Buffers, DrainReport, SpoolInfo, Spools, SpoolsError};
use clap::Args;

use super::buffers::move_to_spool;
use crate::failure::Failure;
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::words::counted;
use all::Drained;
use report::SlotReport;

pub(super) const AFTER_HELP: &str = "\
With --all, events that killed processes have left in mapped buffers move to the spool first. \
Rows keep their event ids, so a row that was stored before is stored once. A row that the database refuses alone becomes a dead \
letter. It exits with 3 where dead letters, damaged files or refused rows want a look, and with 75 where the database is \
unavailable: run it again, and it goes on.";

/// The slots.
#[derive(Args, Debug)]
pub(super) struct DrainArgs {
    /// Number of the slot
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    slot: Option<usize>,
    /// Drains each slot whose owner is gone
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    session: &mut CommandSession,
    spools: &Spools,
    buffers: &Buffers,
    args: DrainArgs,
) -> Result<(), Failure> {
    let url = session.database_url()?;
    let left = if args.all {
        move_to_spool(session, buffers).await
    } else {
        Vec::new()
    };
    let slots = match args.slot {
        Some(slot) => vec![spools.show(slot).await?],
        None => spools.list().await?,
    };
    let mut drained = Drained::default();
    for slot in slots {
        if args.all && slot.owner_alive {
            drained.left_alone(&slot);
            continue;
        }
        let report = drain(session, spools, &url, &slot, drained.stored()).await;
        if args.all && report.is_owned() {
            // Another process took the slot after the list was read.
            drained.left_alone(&slot);
            continue;
        }
        let is_over = report.is_of_database();
        drained.add(report);
        if is_over {
            // Every other slot would meet the same.
            break;
        }
    }
    drained.print(session, left)
}

/// Drains a slot as far as possible. `before` is the number of rows that were stored from other slots.
async fn drain(
    session: &CommandSession,
    spools: &Spools,
    url: &DatabaseUrl,
    slot: &SpoolInfo,
    before: u64,
) -> SlotReport {
    let progress = ProgressDisplay::new(session, slot.rows);
    let on_interrupt = session.on_interrupt();
    let interrupted = move |stored: u64| {
        on_interrupt.set(format!(
            "interrupted; stored {}, and the others are still in the spool, so run it again",
            counted(before + stored, "row")
        ));
    };
    interrupted(0);
    let mut reached = DrainReport::default();
    let so_far_reached = &mut reached;
    let drained = spools.drain(slot.slot, url, move |so_far| {
        let DrainReport {
            stored,
            dead_lettered,
            lost,
            left,
            ..
        } = so_far;
        progress.at(stored + dead_lettered + lost + left, || words(so_far));
        interrupted(*stored);
        so_far_reached.clone_from(so_far);
    });
    match drained.await {
        Ok(report) => SlotReport::drained(slot, report),
        Err(error) => SlotReport::failed(slot, reached, left(spools, slot).await, error),
    }
}

/// Returns the rows that are still in a slot, where they can be counted.
async fn left(spools: &Spools, slot: &SpoolInfo) -> Option<u64> {
    let found: Result<_, SpoolsError> = spools.show(slot.slot).await;
    found.ok().and_then(|slot| slot.rows)
}

fn words(report: &DrainReport) -> String {
    let stored = format!("{} stored", counted(report.stored, "row"));
    match report.dead_lettered {
        0 => stored,
        letters => format!("{stored}, {}", counted(letters, "dead letter")),
    }
}
