//! `behavior-trace stats`.

mod bar;
mod row;

use behavior_trace::query::{CountBy, GroupCounts, Query};
use clap::{Args, ValueEnum};

use crate::args::FilterArgs;
use crate::failure::Failure;
use crate::output::{OutputFormat, OutputRecord};
use crate::session::CommandSession;
use bar::Bars;
use row::{Chart, GroupRow, HourRow};

/// Time range where none is given.
const SINCE: &str = "24h";
/// Number of groups where none is given. Of hours all are shown, so that the chart has no hole.
const GROUPS: u16 = 20;
const HOURS: u16 = 1000;

/// What to count.
#[derive(Args, Debug)]
pub(crate) struct StatsArgs {
    /// Property by which rows are counted
    #[arg(long, value_name = "WHAT", default_value = "action")]
    by: ByArg,
    /// Groups, at most 1000: the largest, or the latest hours [default: 20, and all hours]
    #[arg(long, short = 'n', value_name = "GROUPS", value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: Option<u16>,
    /// Includes the archive, to which retention moves rows
    #[arg(long)]
    with_archive: bool,
    /// Exits with 4 where nothing was found
    #[arg(long)]
    fail_if_empty: bool,
    #[command(flatten)]
    filters: FilterArgs,
}

/// Property by which rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByArg {
    Action,
    Actor,
    Resource,
    Hour,
}

impl ByArg {
    const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Actor => "actor",
            Self::Resource => "resource",
            Self::Hour => "hour",
        }
    }

    const fn groups(self) -> u16 {
        match self {
            Self::Hour => HOURS,
            _ => GROUPS,
        }
    }
}

impl From<ByArg> for CountBy {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Action => Self::Action,
            ByArg::Actor => Self::Actor,
            ByArg::Resource => Self::Resource,
            ByArg::Hour => Self::Hour,
        }
    }
}

pub(crate) async fn run(session: &mut CommandSession, mut args: StatsArgs) -> Result<(), Failure> {
    if let (None, Some(before)) = (&args.filters.since, &args.filters.before) {
        let read = |time| session.clock.read(time).map_err(Failure::usage);
        if read(before)? <= read(SINCE)? {
            return Err(Failure::usage(format!(
                "the range begins {SINCE} ago unless --since is given, and ends before that; add --since"
            )));
        }
    }
    args.filters.since.get_or_insert_with(|| SINCE.to_owned());
    let query = query(session, &args)?;
    let limit = args.limit.unwrap_or_else(|| args.by.groups());
    let counts = query.count_by(args.by.into(), usize::from(limit)).await?;
    if counts.groups.is_empty() && args.fail_if_empty {
        return Err(Failure::empty());
    }
    match args.by {
        ByArg::Hour => print(session, &counts, args.by, HourRow)?,
        _ => print(session, &counts, args.by, |row| row)?,
    }
    if counts.groups.is_empty() && session.output.format == OutputFormat::Table {
        session.note("no rows");
    }
    if counts.rows_left_out > 0 {
        session.note("more groups: add -n with a larger number");
    }
    Ok(())
}

fn query(session: &CommandSession, args: &StatsArgs) -> Result<Query, Failure> {
    let query = session.reader()?.query();
    let query = args.filters.query(query, &session.clock)?;
    Ok(if args.with_archive {
        query.with_archive()
    } else {
        query
    })
}

/// Prints the groups, and the rows of all others as a group without a key. Hours before the first are the first line.
fn print<R: OutputRecord>(
    session: &mut CommandSession,
    counts: &GroupCounts,
    by: ByArg,
    record: impl Fn(GroupRow) -> R,
) -> Result<(), Failure> {
    let chart = Chart::of(counts, Bars::of_environment());
    let others = (counts.rows_left_out > 0).then_some((None, counts.rows_left_out));
    let groups = counts.groups.iter();
    let groups = groups.map(|group| (Some(group.key.clone()), group.rows));
    let mut lines: Vec<_> = groups.chain(others).collect();
    if by == ByArg::Hour && counts.rows_left_out > 0 {
        lines.rotate_right(1);
    }
    let mut list = session.output.list(&session.clock);
    for (key, rows) in lines {
        list.item(&record(GroupRow::new(by.name(), key, rows, chart)))?;
    }
    Ok(list.end(None)?)
}
