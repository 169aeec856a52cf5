//! `behavior-trace query`.

use behavior_trace::query::Query;
use clap::Args;

use crate::args::{FilterArgs, PageArgs};
use crate::failure::Failure;
use crate::output::{ActivityRow, OutputFormat};
use crate::session::CommandSession;

/// Filters and pages of a query.
#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// Sorts the oldest rows first
    #[arg(long)]
    oldest_first: bool,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    page: PageArgs,
}

pub(crate) async fn run(session: &mut CommandSession, args: QueryArgs) -> Result<(), Failure> {
    let query = args
        .filters
        .query(session.reader()?.query(), &session.clock)?;
    let query = if args.oldest_first {
        query.oldest_first()
    } else {
        query
    };
    print(session, query, &args.page).await
}

/// Prints a page of a query, or all its pages.
pub(super) async fn print(
    session: &mut CommandSession,
    query: Query,
    page: &PageArgs,
) -> Result<(), Failure> {
    let mut query = page.query(query);
    let mut list = session.output.list(&session.clock);
    let mut rows = 0;
    let next = loop {
        let found = query.fetch().await?;
        rows += found.items.len();
        for row in found.items {
            list.item(&ActivityRow(row))?;
        }
        match found.next {
            Some(cursor) if page.all => query = query.after(cursor),
            end => break end,
        }
    };
    let next = next.map(|cursor| cursor.to_string());
    list.end(next.as_deref())?;
    if rows == 0 {
        return empty(session, page.fail_if_empty);
    }
    if let Some(next) = next.filter(|_| session.output.format != OutputFormat::Json) {
        session.note(&format!("more rows: add --after {next}, or --all"));
    }
    Ok(())
}

fn empty(session: &CommandSession, fail: bool) -> Result<(), Failure> {
    if fail {
        return Err(Failure::empty());
    }
    if session.output.format == OutputFormat::Table {
        session.note("no rows");
    }
    Ok(())
}
