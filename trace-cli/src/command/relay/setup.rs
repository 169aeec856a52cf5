//! `behavior-trace relay setup`.

use std::time::Duration;

use behavior_trace_nats::Setup;
use clap::Args;
use serde::Serialize;

use super::server::ServerArgs;
use crate::failure::Failure;
use crate::output::{OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// What to create.
#[derive(Args, Debug)]
pub(crate) struct SetupArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Number of servers that keep each row
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
    /// Size of the stream from which on it refuses rows, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30, value_parser = clap::value_parser!(i64).range(1024..))]
    max_bytes: i64,
    /// Time for which a repeated row is known by its id
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = crate::when::duration)]
    window: Duration,
    /// Time after which a row that was not acknowledged is delivered again
    #[arg(long, value_name = "DURATION", default_value = "45s", value_parser = crate::when::duration)]
    ack_wait: Duration,
}

/// Creates what does not exist, and prints what it created and found. A difference is something found.
pub(super) async fn run(session: &mut CommandSession, args: &SetupArgs) -> Result<(), Failure> {
    let setup = Setup::new(args.server.stream()?)
        .replicas(args.replicas.into())
        .max_bytes(args.max_bytes)
        .window(args.window)
        .ack_wait(args.ack_wait);
    let report = setup.run().await?;
    let created = report.created.iter().map(|name| (name, "created"));
    let found = report.found.iter().map(|name| (name, "found"));
    let mut list = session.output.list(&session.clock);
    for (name, state) in created.chain(found) {
        let differences = report.differences.iter().filter(|one| one.of == *name);
        list.item(&SetupRow {
            name: name.clone(),
            state,
            differences: differences.map(ToString::to_string).collect(),
        })?;
    }
    list.end(None)?;
    if report.differences.is_empty() {
        return Ok(());
    }
    Err(Failure::found(
        "what exists differs from what was asked for, and was not changed",
    ))
}

/// A stream or consumer as an item of a list.
#[derive(Serialize)]
struct SetupRow {
    name: String,
    state: &'static str,
    differences: Vec<String>,
}

impl OutputRecord for SetupRow {
    const FIELDS: &'static [&'static str] = &["name", "state", "differences"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["name", "state", "differences"].map(str::to_owned).into()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![
            TextCell::new(&self.name),
            TextCell::new(self.state),
            TextCell::new(self.differences.join("; ")),
        ]
    }
}
