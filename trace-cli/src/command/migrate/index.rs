//! `behavior-trace migrate index`.

use behavior_trace::schema::{ExtraIndex, Migrations};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{OutputFormat, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// The index.
#[derive(Args, Debug)]
pub(super) struct IndexArgs {
    /// Index to create. Each one slows down every insert
    name: IndexName,
    /// Prints the SQL that would run, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum IndexName {
    /// Rows of one actor, by time; for `--actor` and `erase`
    Actor,
    /// Rows of one action or the beginning of actions, by time; for `--action`
    Action,
    /// Rows of one request; for `--request`
    Request,
    /// One event of unknown time; for `show`. It costs the most
    Event,
}

impl IndexName {
    const fn index(self) -> ExtraIndex {
        match self {
            Self::Actor => ExtraIndex::Actor,
            Self::Action => ExtraIndex::Action,
            Self::Request => ExtraIndex::Request,
            Self::Event => ExtraIndex::Event,
        }
    }
}

/// What was done.
#[derive(PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum IndexState {
    Created,
    Exists,
    Missing,
}

impl IndexState {
    const fn of(exists: bool, otherwise: Self) -> Self {
        if exists { Self::Exists } else { otherwise }
    }
}

/// Result of the command.
#[derive(Serialize)]
struct IndexSummary {
    index: IndexName,
    state: IndexState,
    statement: String,
}

const INTERRUPTED: &str =
    "interrupted; the server may go on with the index. Look with --dry-run whether it is there";

pub(super) async fn run(
    session: &mut CommandSession,
    migrations: &Migrations,
    args: IndexArgs,
) -> Result<(), Failure> {
    let index = args.name.index();
    let state = if args.dry_run {
        let exists = migrations.has_index(index).await?;
        IndexState::of(exists, IndexState::Missing)
    } else {
        session.on_interrupt().set(INTERRUPTED);
        let exists = !migrations.add_index(index).await?;
        IndexState::of(exists, IndexState::Created)
    };
    if args.dry_run && session.output.format == OutputFormat::Table {
        if state == IndexState::Missing {
            session.output.text(&format!("{};", index.to_sql()))?;
        } else {
            session.note("the index is there already");
        }
        return Ok(());
    }
    let summary = IndexSummary {
        index: args.name,
        state,
        statement: index.to_sql(),
    };
    Ok(session.output.one(&summary, &session.clock)?)
}

/// Returns the name of a value in JSON.
fn word(value: &impl Serialize) -> TextCell {
    let word = serde_json::to_value(value).unwrap_or_default();
    TextCell::new(word.as_str().unwrap_or_default())
}

impl OutputRecord for IndexSummary {
    const FIELDS: &'static [&'static str] = &["index", "state", "statement"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![
            word(&self.index),
            word(&self.state),
            TextCell::new(&self.statement),
        ]
    }
}
