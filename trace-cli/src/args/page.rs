//! Number of rows of a page, and its beginning.

use behavior_trace::query::{Cursor, Query};
use clap::Args;

/// The page of a query.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pages")]
pub(crate) struct PageArgs {
    /// Rows of a page, at most 1000
    #[arg(long, short = 'n', value_name = "ROWS", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// Continues after a page, with the cursor that was printed with it
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<Cursor>,
    /// Prints all pages
    #[arg(long)]
    pub(crate) all: bool,
    /// Includes the archive, to which retention moves rows
    #[arg(long)]
    pub(crate) with_archive: bool,
    /// Exits with 4 where nothing was found
    #[arg(long)]
    pub(crate) fail_if_empty: bool,
}

impl PageArgs {
    pub(crate) fn query(&self, query: Query) -> Query {
        let mut query = query.limit(usize::from(self.limit));
        if self.with_archive {
            query = query.with_archive();
        }
        match &self.after {
            Some(cursor) => query.after(cursor.clone()),
            None => query,
        }
    }
}
