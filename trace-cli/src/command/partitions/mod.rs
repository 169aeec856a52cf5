//! `behavior-trace partitions`.

mod change;
mod drop;
mod list;
mod row;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::Partitions;
use clap::{Args, Subcommand};

use super::sql::{StatementRow, print_sql};
use crate::failure::Failure;
use crate::session::CommandSession;

/// What to do with the partitions, on MySQL and MariaDB.
#[derive(Args, Debug)]
pub(crate) struct PartitionsArgs {
    #[command(subcommand)]
    command: PartitionsCommand,
}

#[derive(Debug, Subcommand)]
enum PartitionsCommand {
    /// Partitions the table by time. The server writes the whole table anew, and writers wait
    Adopt(change::AdoptArgs),
    /// Creates the partitions of the coming days. Run it daily
    Ahead(change::AheadArgs),
    /// Drops partitions with old rows
    Drop(drop::DropArgs),
    /// Prints the SQL that partitions the table. It connects nowhere
    Print(SpanArgs),
    /// Lists the partitions
    List(list::ListArgs),
}

/// Span of a partition.
#[derive(Args, Clone, Copy, Debug)]
struct SpanArgs {
    /// Cuts by hours instead of days, for more than about 20 events a second
    #[arg(long)]
    hourly: bool,
}

impl SpanArgs {
    fn partitions(self, url: &DatabaseUrl) -> Partitions {
        if self.hourly {
            Partitions::hourly(url)
        } else {
            Partitions::daily(url)
        }
    }
}

pub(crate) async fn run(session: &mut CommandSession, args: PartitionsArgs) -> Result<(), Failure> {
    match args.command {
        PartitionsCommand::Adopt(args) => change::adopt(session, args).await,
        PartitionsCommand::Ahead(args) => change::ahead(session, args).await,
        PartitionsCommand::Drop(args) => drop::run(session, args).await,
        PartitionsCommand::Print(args) => {
            let partitions = args.partitions(&session.database_url()?);
            let statement = partitions.to_sql();
            let script = format!("{statement};");
            print_sql(session, &script, [StatementRow { statement }])
        }
        PartitionsCommand::List(args) => list::run(session, args).await,
    }
}
