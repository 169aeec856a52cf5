//! `behavior-trace doctor`.

use std::path::PathBuf;

use behavior_trace::inspection::{Finding, FindingLevel, Inspection};
use behavior_trace::schema::Role;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Color, OutputRecord, TextCell, escaped};
use crate::secret::without_passwords;
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// What to inspect.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Role of the account of the database URL
    #[arg(long, value_name = "ROLE", default_value = "writer")]
    role: CheckedRole,
    /// Spool directory of the service, inspected as its user [env: BEHAVIOR_TRACE_SPOOL_DIR]
    #[arg(long, value_name = "PATH")]
    spool_dir: Option<PathBuf>,
}

/// Role of a database account. A writer's rights depend on the server, which the inspection sees.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CheckedRole {
    Writer,
    Reader,
    Migrator,
    Maintainer,
}

pub(crate) async fn run(session: &mut CommandSession, args: DoctorArgs) -> Result<(), Failure> {
    let mut inspection = Inspection::new(&session.database_url()?).role(args.role.into());
    let spool_dir = args.spool_dir.as_deref();
    if let Some(directory) = spool_dir.or_else(|| session.settings.spool_dir_if_set()) {
        inspection = inspection.spool_dir(directory);
    }
    let findings = inspection.run().await;
    let (warnings, failures) = (
        count(&findings, FindingLevel::Warn),
        count(&findings, FindingLevel::Fail),
    );
    let mut list = session.output.list(&session.clock);
    for mut finding in findings {
        // It may quote a URL that was set as the spool directory.
        finding.found = without_passwords(&finding.found);
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

fn count(findings: &[Finding], level: FindingLevel) -> usize {
    let of_level = findings.iter().filter(|finding| finding.level == level);
    of_level.count()
}

impl From<CheckedRole> for Role {
    fn from(role: CheckedRole) -> Self {
        match role {
            CheckedRole::Writer => Self::Writer,
            CheckedRole::Reader => Self::Reader,
            CheckedRole::Migrator => Self::Migrator,
            CheckedRole::Maintainer => Self::Maintainer,
        }
    }
}

/// A finding as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct FindingRow(Finding);

impl OutputRecord for FindingRow {
    const FIELDS: &'static [&'static str] = &["check", "level", "found", "remedy"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["check", "level", "found, and what to do"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let finding = &self.0;
        let remedy = finding.remedy.as_ref();
        let remedy = remedy.map(|remedy| escaped(&format!("> {remedy}")));
        let lines: Vec<_> = [escaped(&finding.found)]
            .into_iter()
            .chain(remedy)
            .collect();
        let color = match finding.level {
            FindingLevel::Ok => Color::Green,
            FindingLevel::Warn => Color::Yellow,
            FindingLevel::Fail => Color::Red,
        };
        vec![
            TextCell::new(finding.check.name()),
            TextCell::new(finding.level.to_string()).color(color),
            TextCell::of_lines(&lines),
        ]
    }
}
