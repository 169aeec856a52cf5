//! `behavior-trace erase`.

mod tombstones;

use behavior_trace::Actor;
use behavior_trace::erasure::{Erasure, ErasureError, ErasureReport};
use clap::Args;
use serde::Serialize;

use crate::args::parse_actor;
use crate::command::relay::NatsLoginArgs;
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::output::{OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;
use tombstones::TombstoneTargets;

/// Whose data, and which.
#[derive(Args, Debug)]
pub(crate) struct EraseArgs {
    /// Actor whose rows lose address, user agent, label and the named fields, such as user:7
    #[arg(value_name = "KIND:ID", value_parser = parse_actor)]
    actor: Actor,
    /// Names of payload fields to erase, at any depth
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    fields: Vec<String>,
    /// Includes all actors that share an id or kind longer than its column, which is stored clipped
    #[arg(long)]
    including_clipped: bool,
    /// Place that has copies of rows, and gets a tombstone: parquet:PATH, s3://BUCKET/PREFIX, or a stream of NATS as
    /// nats://HOST,HOST/STREAM; nats:STREAM with BEHAVIOR_TRACE_NATS_URL, which may have a login [also: tombstone_to of the settings]
    #[arg(long, value_name = "TARGET")]
    tombstone_to: Vec<String>,
    #[command(flatten)]
    login: NatsLoginArgs,
    /// Counts the rows, and changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

/// Places that an erasure does not reach.
const NOT_REACHED: &str = "not reached: exports and what was made from them, files and topics of relays and those who read them, backups \
     and binary logs, rows that still wait in a spool or among dead letters, and rows of others about this person; the kind and the id of the \
     actor stay";

const INTERRUPTED: &str = "interrupted; rows erased so far stay erased. Run the same command again: it changes what is left";

const STOPPED: &str = "rows erased before stay erased; run the same command again to go on";

pub(crate) async fn run(session: &mut CommandSession, args: EraseArgs) -> Result<(), Failure> {
    let url = session.database_url()?;
    let targets = TombstoneTargets::open(session, &args.tombstone_to, &args.login)?;
    let mut erasure = Erasure::new(&url, &args.actor).payload_fields(args.fields.clone());
    if args.including_clipped {
        erasure = erasure.including_clipped();
    }
    let preview = erasure.clone().dry_run().run().await.map_err(failure)?;
    // They are a part of the question, and no notes.
    print_message(&words(preview));
    print_message(NOT_REACHED);
    print_message(&targets.announcement());
    let mut row = ErasureRow {
        is_dry_run: args.dry_run,
        report: preview,
        tombstones: Vec::new(),
    };
    // Copies may have rows that the table has no longer.
    if !args.dry_run && (preview.changed > 0 || !targets.is_empty()) {
        let name = url.database_name();
        let change = targets.change(preview.changed, &name);
        args.confirm.ask(&change, &name).await?;
        // Before the erasure: one that is cut short is run again, and publishes it again.
        row.tombstones = targets.publish(&args.actor, &args.fields).await?;
        session.on_interrupt().set(INTERRUPTED);
        let erased = erasure.run().await;
        row.report = erased.map_err(|error| failure(error).also(STOPPED))?;
    }
    Ok(session.output.one(&row, &session.clock)?)
}

fn failure(error: ErasureError) -> Failure {
    if error.is_missing_actor_id() {
        return Failure::usage("the actor has no id; write a kind and an id, such as `user:7`");
    }
    if error.is_clipped() {
        return Failure::usage(
            "the actor's id or kind is longer than its column, and other actors may share the stored text; to include all of \
             them, pass --including-clipped",
        );
    }
    error.into()
}

fn words(report: ErasureReport) -> String {
    let ErasureReport {
        matched,
        archived,
        changed,
        unreadable,
        ..
    } = report;
    let live = matched.saturating_sub(archived);
    format!(
        "{live} rows in the table and {archived} in the archive are of this actor; {changed} of them have data to erase; \
         {unreadable} payloads are unreadable and stay as they are"
    )
}

/// Result of an erasure.
#[derive(Serialize)]
struct ErasureRow {
    is_dry_run: bool,
    #[serde(flatten)]
    report: ErasureReport,
    /// Where a tombstone was published.
    tombstones: Vec<String>,
}

impl OutputRecord for ErasureRow {
    const FIELDS: &'static [&'static str] = &[
        "is_dry_run",
        "matched",
        "archived",
        "changed",
        "unreadable",
        "tombstones",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["rows", "of them archived", "changed", "unreadable"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let report = self.report;
        [
            report.matched,
            report.archived,
            report.changed,
            report.unreadable,
        ]
        .map(TextCell::number)
        .to_vec()
    }
}
