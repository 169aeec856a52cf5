//! `behavior-trace history`.

use clap::Args;

use super::query;
use crate::args::{FilterArgs, PageArgs};
use crate::failure::Failure;
use crate::session::CommandSession;

/// The resource, with further filters.
#[derive(Args, Debug)]
pub(crate) struct HistoryArgs {
    /// Type of the resource, such as Order
    #[arg(value_name = "RESOURCE")]
    resource_type: String,
    /// Id of the resource
    id: String,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) async fn run(session: &mut CommandSession, args: HistoryArgs) -> Result<(), Failure> {
    let query = session
        .reader()?
        .query()
        .resource(args.resource_type, args.id);
    let query = args.filters.query(query, &session.clock)?;
    query::print(session, query, &args.page).await
}
