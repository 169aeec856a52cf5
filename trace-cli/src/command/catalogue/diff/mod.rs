//! `behavior-trace catalogue diff`.

mod changes;
mod row;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::Args;

use super::file::Catalogue;
use crate::failure::Failure;
use crate::session::CommandSession;
use crate::words::counted;
use changes::changes;
use row::ChangeRow;

/// The catalogues to compare.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DiffArgs {
    /// File of the old catalogue, such as <(git show main:behavior-trace.catalogue.json)
    old: PathBuf,
    /// File of the new catalogue, such as behavior-trace.catalogue.json
    new: PathBuf,
}

const AFTER_HELP: &str = "\
Rows of a removed or renamed action are no longer found by its old name. List it in
behavior-trace.toml once nothing reads that name any more, and the exit code is 0:

  [renames]
  \"order.approve\" = { to = \"order.accept\", reason = \"dashboards follow since May\" }
  \"order.archive\" = { reason = \"removed with the old shop\" }
  \"order.create Order\" = { fields = [\"payload\"], reason = \"no report has the total\" }";

pub(super) fn run(session: &mut CommandSession, args: &DiffArgs) -> Result<(), Failure> {
    let old = Catalogue::read(&args.old)?;
    let new = Catalogue::read(&args.new)?;
    let renames = &session.settings.renames;
    let rows = changes(&old, &new).into_iter();
    let rows: Vec<_> = rows
        .map(|change| ChangeRow::new(change, &new, renames))
        .collect();
    let mut list = session.output.list(&session.clock);
    for row in &rows {
        list.item(row)?;
    }
    list.end(None)?;
    if rows.is_empty() {
        session.note("no changes");
    }
    let breaking = rows.iter().filter(|row| row.breaks).count();
    if breaking > 0 {
        let changes = counted(u64::try_from(breaking).unwrap_or(u64::MAX), "change");
        let listing = if breaking == 1 { "it" } else { "each" };
        return Err(Failure::found(format!(
            "{changes} may break what reads these names; list {listing} with its reason under `[renames]` in \
             behavior-trace.toml"
        )));
    }
    Ok(())
}
