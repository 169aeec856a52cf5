//! `behavior-trace catalogue docs`.

mod markdown;
mod row;
mod seen;

use std::path::PathBuf;

use clap::Args;

use super::file::Catalogue;
use crate::failure::Failure;
use crate::output::OutputFormat;
use crate::session::CommandSession;
use row::rows;
use seen::Seen;

/// Time range where none is given.
const SINCE: &str = "90d";

/// The catalogue to print.
#[derive(Args, Debug)]
pub(crate) struct DocsArgs {
    /// File of the catalogue
    #[arg(default_value = "behavior-trace.catalogue.json")]
    file: PathBuf,
    /// Adds when each action was last recorded, and the actions of the table that the catalogue does not have
    #[arg(long)]
    last_seen: bool,
    /// Earliest time of the rows that --last-seen reads [default: 90d]
    #[arg(long, value_name = "TIME", requires = "last_seen")]
    since: Option<String>,
}

/// Prints Markdown, or the items of a list where another form than a table is asked for.
pub(super) async fn run(session: &mut CommandSession, args: DocsArgs) -> Result<(), Failure> {
    let catalogue = Catalogue::read(&args.file)?;
    let seen = if args.last_seen {
        let since = args.since.as_deref().unwrap_or(SINCE);
        let since = session.clock.read(since).map_err(Failure::usage)?;
        Some(Seen::read(&session.reader()?, &catalogue, since).await?)
    } else {
        None
    };
    match session.settings.output {
        None | Some(OutputFormat::Table) => {
            let page = markdown::page(&catalogue, seen.as_ref(), &session.clock);
            session.output.text(&page)?;
        }
        Some(_) => {
            let mut list = session.output.list(&session.clock);
            for row in rows(&catalogue, seen.as_ref()) {
                list.item(&row)?;
            }
            list.end(None)?;
        }
    }
    if seen.is_some_and(|seen| seen.rows_left_out > 0) {
        session.note("the table has more actions than can be counted; some that the catalogue does not have are missing");
    }
    Ok(())
}
