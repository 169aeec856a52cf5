//! `behavior-trace partitions list`.

use std::collections::HashSet;
use std::time::Duration;

use behavior_trace::retention::Partitions;
use clap::Args;

use super::row::PartitionRow;
use crate::args::parse_keep;
use crate::failure::Failure;
use crate::session::CommandSession;

/// The age at which a partition is marked.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// Marks the partitions that `drop` with this option would drop: 90d, 52w
    #[arg(long, value_name = "DURATION", value_parser = parse_keep)]
    keep: Option<Duration>,
}

pub(super) async fn run(session: &mut CommandSession, args: ListArgs) -> Result<(), Failure> {
    let partitions = Partitions::daily(&session.database_url()?);
    let found = partitions.list().await?;
    let expired = match args.keep {
        Some(keep) => Some(partitions.preview_drop_expired(keep).await?),
        None => None,
    };
    let expired = expired.map(|expired| {
        let names = expired.into_iter().map(|partition| partition.name);
        names.collect::<HashSet<_>>()
    });
    if found.is_empty() {
        session.note("the table is in one piece; `behavior-trace partitions adopt` partitions it");
    }
    let mut list = session.output.list(&session.clock);
    for partition in found {
        let is_expired = expired
            .as_ref()
            .map(|names| names.contains(&partition.name));
        list.item(&PartitionRow {
            partition,
            is_expired,
        })?;
    }
    Ok(list.end(None)?)
}
