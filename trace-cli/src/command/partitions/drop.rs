//! `behavior-trace partitions drop`.

use behavior_trace::retention::{PartitionStatus, Partitions};
use clap::Args;

use super::row::{PartitionRow, count};
use crate::args::KeepArgs;
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::session::CommandSession;

/// Which partitions go.
#[derive(Args, Debug)]
pub(super) struct DropArgs {
    /// Drops empty ones alone, after `retention run --archive` has moved their rows
    #[arg(long)]
    only_empty: bool,
    /// Lists the partitions that would go, and changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

const INTERRUPTED: &str = "interrupted; partitions dropped so far are gone. Look with `behavior-trace partitions list`, and run the same \
     command again to go on";

const STOPPED: &str = "partitions may have been dropped before; look with `behavior-trace partitions list`, and run the same command again \
     to go on";

pub(super) async fn run(session: &mut CommandSession, args: DropArgs) -> Result<(), Failure> {
    let url = session.database_url()?;
    let keep = args.keep.keep;
    let partitions = Partitions::daily(&url);
    // Partitions grow old while the question is open.
    let expiry = partitions.expiry(keep).await?;
    let partitions = partitions.keep_from(expiry);
    let mut found = if args.only_empty {
        partitions.preview_drop_expired_empty(keep).await?
    } else {
        partitions.preview_drop_expired(keep).await?
    };
    if args.dry_run {
        return list(session, found);
    }
    // It is a part of the question, and no note.
    let zone = session.clock.zone();
    let expiry = format!("{} {zone}", session.clock.show(expiry));
    print_message(&shown(&found, &expiry));
    if !found.is_empty() {
        let name = url.database_name();
        let change = format!("drop {} of `{name}`", words(&found));
        args.confirm.ask(&change, &name).await?;
        session.on_interrupt().set(INTERRUPTED);
        let gone = if args.only_empty {
            partitions.drop_expired_empty(keep).await
        } else {
            partitions.drop_expired(keep).await
        };
        let gone = gone.map_err(|error| Failure::from(error).also(STOPPED))?;
        for name in &gone {
            if !found.iter().any(|partition| partition.name == *name) {
                print_message(&format!(
                    "dropped too, since it became one of them meanwhile: {name}"
                ));
            }
        }
        found.retain(|partition| gone.contains(&partition.name));
    }
    list(session, found)
}

/// Names in a preview; the rest is a number.
const SHOWN: usize = 10;

fn shown(found: &[PartitionStatus], expiry: &str) -> String {
    if found.is_empty() {
        return format!("no partition is to be dropped: none ended by {expiry}");
    }
    let named = found.iter().take(SHOWN).map(|partition| {
        let rows = count(partition.rows, partition.is_exact);
        format!("  {} with {rows} rows", partition.name)
    });
    let mut lines: Vec<_> = named.collect();
    if found.len() > SHOWN {
        lines.push(format!("  and {} more", found.len() - SHOWN));
    }
    format!(
        "{} are to be dropped, which ended by {expiry}:\n{}",
        words(found),
        lines.join("\n")
    )
}

fn words(found: &[PartitionStatus]) -> String {
    let rows = found.iter().map(|partition| partition.rows).sum();
    let is_exact = found.iter().all(|partition| partition.is_exact);
    format!(
        "{} partitions with {} rows",
        found.len(),
        count(rows, is_exact)
    )
}

fn list(session: &mut CommandSession, partitions: Vec<PartitionStatus>) -> Result<(), Failure> {
    let mut list = session.output.list(&session.clock);
    for partition in partitions {
        list.item(&PartitionRow::expired(partition))?;
    }
    Ok(list.end(None)?)
}
