//! `behavior-trace relay publish`.

mod files;
mod messages;

use std::fmt;
use std::time::Duration;

use behavior_trace::export::HiddenFields;
use clap::Args;

use super::login::NatsLoginArgs;
use super::target::stream_of;
use crate::failure::Failure;
use crate::output::OutputFormat;
use crate::session::CommandSession;

/// Where the rows go, and what they lose on the way.
#[derive(Args, Debug)]
pub(crate) struct PublishArgs {
    /// Place of the copies: parquet:PATH for files in a folder, s3://BUCKET/PREFIX for files with AWS_… in the environment, or
    /// nats://HOST,HOST/STREAM for messages; nats:STREAM with BEHAVIOR_TRACE_NATS_URL, which may have a login
    #[arg(long, value_name = "TARGET")]
    to: String,
    /// Columns and payload fields that the copies do not have, such as ip_address,user_agent,actor_label
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    hide: Vec<String>,
    /// Ends after the rows that are there now
    #[arg(long)]
    once: bool,
    /// Time from the first row of a file to the file; messages are sent at once
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = crate::when::duration)]
    every: Duration,
    /// Pause between two looks at the table
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = crate::when::duration)]
    poll_interval: Duration,
    /// Longest time from the insert of a row to its commit
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = crate::when::duration)]
    settle: Duration,
    #[command(flatten)]
    login: NatsLoginArgs,
}

/// Publishes until it is interrupted.
pub(crate) async fn run(session: &mut CommandSession, args: PublishArgs) -> Result<(), Failure> {
    if !args.once && session.output.format == OutputFormat::Json {
        return Err(Failure::usage(
            "--output json is one document, which a publication never ends; use --output jsonl, or --once",
        ));
    }
    let hidden =
        HiddenFields::new(&args.hide).map_err(|error| Failure::usage(error.to_string()))?;
    match stream_of(&args.to, &args.login)? {
        Some(stream) => messages::run(session, args, stream, hidden).await,
        None if args.login.is_set() => Err(Failure::usage(
            "--creds and --nats-ca are for a stream of NATS; --to names files",
        )),
        None => files::run(session, args, hidden).await,
    }
}

fn announce(
    session: &CommandSession,
    place: &impl fmt::Display,
    hidden: &HiddenFields,
) -> Result<(), Failure> {
    let names = |names: Vec<&str>| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    session.note(&format!(
        "{} goes to {place}, without the columns: {}, and without the payload fields: {}",
        session.database_url()?,
        names(hidden.columns().collect()),
        names(hidden.payload_fields().collect()),
    ));
    Ok(())
}

/// Returns the end of the run: an interrupt, or rows that are missing.
fn ended(done: &str, missing: u64, is_interrupted: bool) -> Result<(), Failure> {
    let missing = match missing {
        0 => None,
        missing => Some(format!(
            "{missing} ids were passed over, whose rows retention took before they were read, or that stayed open too long"
        )),
    };
    match (is_interrupted, missing) {
        (false, None) => Ok(()),
        (false, Some(missing)) => Err(Failure::found(format!("{done}; {missing}"))),
        (true, missing) => {
            let failure = Failure::interrupted(format!(
                "interrupted after {done}; to go on, run the same command again"
            ));
            Err(match missing {
                Some(missing) => failure.also(&missing),
                None => failure,
            })
        }
    }
}
