//! `behavior-trace story`.

use clap::Args;

use super::query;
use crate::args::{FilterArgs, PageArgs};
use crate::failure::Failure;
use crate::session::CommandSession;

/// The correlation, with further filters.
#[derive(Args, Debug)]
pub(crate) struct StoryArgs {
    /// Correlation that the requests and jobs share
    #[arg(value_name = "CORRELATION")]
    id: String,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) async fn run(session: &mut CommandSession, args: StoryArgs) -> Result<(), Failure> {
    let query = session
        .reader()?
        .query()
        .correlation_id(args.id)
        .oldest_first();
    let query = args.filters.query(query, &session.clock)?;
    query::print(session, query, &args.page).await
}
