//! `behavior-trace tail`.

use std::collections::HashSet;
use std::time::Duration;
use std::vec;

use behavior_trace::query::{
    ActivityStream, Follow, FollowPosition, Query, QueryError, StoredActivity,
};
use clap::Args;

use crate::args::FilterArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::output::{ActivityRow, OutputFormat, RecordList, reader_has_left};
use crate::session::CommandSession;

/// Filters, and how many rows to begin with.
#[derive(Args, Debug)]
pub(crate) struct TailArgs {
    /// Waits for further rows, in the order of storing, also while the database restarts
    #[arg(long, short)]
    follow: bool,
    /// Rows to begin with, at most 1000 [default: 10, or all where --since is given]
    #[arg(long, short = 'n', value_name = "ROWS", value_parser = clap::value_parser!(u16).range(0..=1000))]
    lines: Option<u16>,
    /// Goes on after a position that an interrupted `tail -f` printed
    #[arg(
        long,
        value_name = "POSITION",
        requires = "follow",
        conflicts_with = "lines"
    )]
    after: Option<FollowPosition>,
    /// Pause between two looks at the table
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = crate::when::duration)]
    poll_interval: Duration,
    /// Longest time from the insert of a row to its commit
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = crate::when::duration)]
    settle: Duration,
    #[command(flatten)]
    filters: FilterArgs,
}

const DEFAULT_LINES: u16 = 10;
/// Time between two looks at the reader of the output and at the database.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) async fn run(session: &mut CommandSession, args: TailArgs) -> Result<(), Failure> {
    if args.follow && session.output.format == OutputFormat::Json {
        return Err(Failure::usage(
            "--output json is one document, which `tail -f` never ends; use --output jsonl",
        ));
    }
    let reader = session.reader()?;
    let query = args.filters.query(reader.query(), &session.clock)?;
    // A database that cannot be read is an error at the start. Later the follower waits for it.
    query.first().await?;
    if args.follow {
        let follow = reader
            .follow()
            .settle_delay(args.settle)
            .poll_interval(args.poll_interval);
        let follow = args.filters.follow(follow, &session.clock)?;
        return follow_on(session, &args, query, follow).await;
    }
    let mut list = session.output.list(&session.clock);
    let mut rows = FirstRows::of(&args, query).await?;
    while let Some(row) = rows.next().await? {
        list.item(&ActivityRow(row))?;
    }
    Ok(list.end(None)?)
}

/// Prints the last rows, and then each that follows.
async fn follow_on(
    session: &mut CommandSession,
    args: &TailArgs,
    query: Query,
    mut follow: Follow,
) -> Result<(), Failure> {
    let (on_interrupt, quiet) = (session.on_interrupt(), session.quiet);
    let mut list = session.output.list(&session.clock);
    let mut printed = HashSet::new();
    if let Some(position) = &args.after {
        follow = follow.after(position.clone());
    } else {
        // Rows that are stored while the last ones are read are among them, and with the follower too.
        let waiting = begin(&mut follow).await?;
        let mut rows = FirstRows::of(args, query).await?;
        while let Some(row) = rows.next().await? {
            printed.insert(row.id);
            print(&mut list, row)?;
        }
        for row in waiting {
            if printed.insert(row.id) {
                print(&mut list, row)?;
            }
        }
    }
    let mut waits = false;
    loop {
        let position = follow.position();
        on_interrupt.set(format!("interrupted; to go on: add --after {position}"));
        let Ok(row) = tokio::time::timeout(LOOK, follow.next()).await else {
            if reader_has_left() {
                return Err(Failure::left());
            }
            note_wait(&mut waits, follow.interruption(), quiet);
            continue;
        };
        note_wait(&mut waits, None, quiet);
        let row = row?;
        if !printed.remove(&row.id) {
            print(&mut list, row)?;
        }
    }
}

/// Notes the beginning and the end of a time in which the database does not answer.
fn note_wait(waits: &mut bool, error: Option<&QueryError>, quiet: bool) {
    let note = match (*waits, error) {
        (false, Some(error)) => {
            format!("waiting for the database: {error}")
        }
        (true, None) => "the database answers again".to_owned(),
        _ => return,
    };
    *waits = error.is_some();
    if !quiet {
        print_message(&note);
    }
}

fn print(list: &mut RecordList<'_, ActivityRow>, row: StoredActivity) -> Result<(), Failure> {
    list.line(&ActivityRow(row))?;
    Ok(list.flush()?)
}

/// Waits until the follower knows the end of the table, and returns the rows that came meanwhile.
async fn begin(follow: &mut Follow) -> Result<Vec<StoredActivity>, Failure> {
    let mut rows = Vec::new();
    while follow.position().settled_id().is_none() {
        // A row that is not waited for any longer comes with the next call.
        if let Ok(row) = tokio::time::timeout(Duration::from_millis(20), follow.next()).await {
            rows.push(row?);
        }
    }
    Ok(rows)
}

/// The rows to begin with, the oldest first.
enum FirstRows {
    Last(vec::IntoIter<StoredActivity>),
    /// All rows since a time, a page at a time.
    Since(Box<ActivityStream>),
}

impl FirstRows {
    async fn of(args: &TailArgs, query: Query) -> Result<Self, Failure> {
        let lines = match (args.lines, &args.filters.since) {
            (Some(lines), _) => lines,
            (None, None) => DEFAULT_LINES,
            (None, Some(_)) => {
                let all = query.oldest_first().limit(Query::MAX_LIMIT).stream();
                return Ok(Self::Since(Box::new(all)));
            }
        };
        let mut rows = Vec::new();
        if lines > 0 {
            rows = query.limit(usize::from(lines)).fetch().await?.items;
            rows.reverse();
        }
        Ok(Self::Last(rows.into_iter()))
    }

    async fn next(&mut self) -> Result<Option<StoredActivity>, Failure> {
        match self {
            Self::Last(rows) => Ok(rows.next()),
            Self::Since(rows) => Ok(rows.next().await.transpose()?),
        }
    }
}
