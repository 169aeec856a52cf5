//! `behavior-trace show`.

use clap::Args;
use uuid::Uuid;

use crate::args::FilterArgs;
use crate::failure::Failure;
use crate::output::{ActivityRow, OutputFormat};
use crate::session::CommandSession;

/// The event.
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// Id of the event. Without a time range or the index `event` the whole table is read
    event_id: Uuid,
    /// Includes the archive, to which retention moves rows
    #[arg(long)]
    with_archive: bool,
    #[command(flatten)]
    filters: FilterArgs,
}

pub(crate) async fn run(session: &mut CommandSession, args: ShowArgs) -> Result<(), Failure> {
    let query = session.reader()?.query().event_id(args.event_id);
    let mut query = args.filters.query(query, &session.clock)?;
    if args.with_archive {
        query = query.with_archive();
    }
    let Some(row) = query.first().await? else {
        return Err(Failure::empty());
    };
    let row = ActivityRow(row);
    if session.output.format == OutputFormat::Table {
        let parts = row.in_full(&session.clock);
        return Ok(session.output.pairs(&parts)?);
    }
    Ok(session.output.one(&row, &session.clock)?)
}
