//! `behavior-trace import`.

mod args;
mod names;
mod report;
mod state;
mod totals;

use behavior_trace::import::{Generation, Import, ImportError, ImportReport};
use clap::{Subcommand, ValueEnum};

use crate::failure::Failure;
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use args::SourceArgs;
use report::{Summary, words};
use state::Keeper;

const AFTER_HELP: &str = "\
The old table is only read. Event ids stay, or are made of the row's id, so a repeated run stores nothing twice. Rows that were \
committed late are found by one more run without --state, once nothing writes to the old table any more. It exits with 3 where \
the database refused rows, which are in the old table alone.

A file of --names:

  rule = true                # false keeps the names that no pair maps
  [[name]]
  action = \"report_run\"
  resource = \"report\"        # left out for rows without one
  new_action = \"report.run\"
  new_resource = \"Report\"";

/// The recorder whose rows come along.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Brings the rows of the PHP package along: of g1, g2 and g3
    #[command(after_help = AFTER_HELP)]
    Php {
        /// Generation of the old table [default: the one that its columns prove]
        #[arg(long)]
        generation: Option<PhpGeneration>,
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Brings the rows of spatie/laravel-activitylog along: of versions up to 4 and from 5 on
    #[command(after_help = AFTER_HELP)]
    Spatie {
        /// Version of the package that wrote the old table [default: the one that its columns prove]
        #[arg(long)]
        generation: Option<SpatieGeneration>,
        #[command(flatten)]
        source: SourceArgs,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PhpGeneration {
    G1,
    G2,
    G3,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SpatieGeneration {
    V4,
    V5,
}

/// The recorder, with its generations and the one that the caller gave.
struct Recorder {
    name: &'static str,
    generations: &'static [Generation],
    given: Option<Generation>,
}

impl ImportCommand {
    fn parts(self) -> (Recorder, SourceArgs) {
        match self {
            Self::Php { generation, source } => {
                let given = generation.map(|generation| match generation {
                    PhpGeneration::G1 => Generation::G1,
                    PhpGeneration::G2 => Generation::G2,
                    PhpGeneration::G3 => Generation::G3,
                });
                let recorder = Recorder {
                    name: "php",
                    generations: &[Generation::G1, Generation::G2, Generation::G3],
                    given,
                };
                (recorder, source)
            }
            Self::Spatie { generation, source } => {
                let given = generation.map(|generation| match generation {
                    SpatieGeneration::V4 => Generation::SpatieV4,
                    SpatieGeneration::V5 => Generation::SpatieV5,
                });
                let recorder = Recorder {
                    name: "spatie",
                    generations: &[Generation::SpatieV4, Generation::SpatieV5],
                    given,
                };
                (recorder, source)
            }
        }
    }
}

pub(crate) async fn run(
    session: &mut CommandSession,
    command: ImportCommand,
) -> Result<(), Failure> {
    let (recorder, args) = command.parts();
    let urls = args.urls(session)?;
    let names = args.names()?;
    let import = args.import(&urls, &recorder, &names);
    let mut keeper = match &args.state {
        Some(path) => Keeper::open(path, &args.bound_to(&urls, &recorder), names)?,
        None => Keeper::without_file(),
    };
    let import = keeper.resumed(import)?;
    let done = bring(session, &import, &mut keeper, args.dry_run).await;
    // The last place is kept whatever ended the run.
    let kept = keeper.finish();
    let report = done.map_err(|error| failed(&error, &keeper))?;
    kept?;
    Summary::new(&report, keeper.totals(&report), args.dry_run).print(session)
}

/// Brings the rows along, and keeps and shows the place.
async fn bring(
    session: &CommandSession,
    import: &Import,
    keeper: &mut Keeper,
    dry_run: bool,
) -> Result<ImportReport, ImportError> {
    let on_interrupt = session.on_interrupt();
    let again = keeper.how_to_go_on(dry_run);
    on_interrupt.set(format!("interrupted before the first row; {again}"));
    let progress = ProgressDisplay::new(session, None);
    let begun_at = keeper.last_id();
    let show = move |so_far: &ImportReport| {
        progress.set_total(so_far.end_id.saturating_sub(begun_at));
        let last_id = so_far.position.last_id();
        progress.at(last_id.saturating_sub(begun_at), || words(so_far));
        keeper.reached(so_far);
        on_interrupt.set(format!("interrupted after {}; {again}", words(so_far)));
    };
    if dry_run {
        import.dry_run(show).await
    } else {
        import.run(show).await
    }
}

fn failed(error: &ImportError, keeper: &Keeper) -> Failure {
    let advice = match keeper.path() {
        Some(path) if error.is_position() => format!("; to begin anew, remove {}", path.display()),
        Some(_) if error.position().is_some() => {
            "; to go on, run the same command again".to_owned()
        }
        _ => String::new(),
    };
    Failure::of(error.is_transient(), &format!("{error}{advice}"))
}
