//! `behavior-trace doctor`.

use std::path::PathBuf;

use behavior_trace::inspection::{Finding, Inspection, Level};
use behavior_trace::schema::Role;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Cell, Color, Record, escaped};
use crate::session::Session;
use crate::when::Clock;

/// What to inspect.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Role of the account of the database URL
    #[arg(long, value_name = "ROLE", default_value = "writer")]
    role: RoleArg,
    /// Spool directory of the service, inspected as its user [env: BEHAVIOR_TRACE_SPOOL_DIR]
    #[arg(long, value_name = "PATH")]
    spool_dir: Option<PathBuf>,
}

/// Role of a database account. A writer's rights depend on the server, which the inspection sees.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    Writer,
    Reader,
    Migrator,
    Maintainer,
}

pub(crate) async fn run(session: &mut Session, args: DoctorArgs) -> Result<(), Failure> {
    let mut inspection = Inspection::new(&session.database_url()?).role(args.role.into());
    let spool_dir = args.spool_dir.as_deref();
    if let Some(directory) = spool_dir.or_else(|| session.settings.spool_dir_if_set()) {
        inspection = inspection.spool_dir(directory);
    }
    let findings = inspection.run().await;
    let (warnings, failures) = (count(&findings, Level::Warn), count(&findings, Level::Fail));
    let mut list = session.output.list(&session.clock);
    for finding in findings {
        list.item(&FindingRow(finding))?;
    }
    list.end(None)?;
    if warnings + failures > 0 {
        return Err(Failure::found(format!(
            "{warnings} to warn of, {failures} failed; the remedy is with each"
        )));
    }
    session.note("all is well");
    Ok(())
}

fn count(findings: &[Finding], level: Level) -> usize {
    let of_level = findings.iter().filter(|finding| finding.level == level);
    of_level.count()
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Writer => Self::Writer,
            RoleArg::Reader => Self::Reader,
            RoleArg::Migrator => Self::Migrator,
            RoleArg::Maintainer => Self::Maintainer,
        }
    }
}

/// A finding as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct FindingRow(Finding);

impl Record for FindingRow {
    const FIELDS: &'static [&'static str] = &["check", "level", "found", "remedy"];

    fn headings(_: &Clock) -> Vec<String> {
        ["check", "level", "found, and what to do"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &Clock) -> Vec<Cell> {
        let finding = &self.0;
        let remedy = finding.remedy.as_ref();
        let remedy = remedy.map(|remedy| escaped(&format!("> {remedy}")));
        let lines: Vec<_> = [escaped(&finding.found)]
            .into_iter()
            .chain(remedy)
            .collect();
        let color = match finding.level {
            Level::Ok => Color::Green,
            Level::Warn => Color::Yellow,
            Level::Fail => Color::Red,
        };
        vec![
            Cell::new(finding.check.name()),
            Cell::new(finding.level.to_string()).color(color),
            Cell::of_lines(&lines),
        ]
    }
}
