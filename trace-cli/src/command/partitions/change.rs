//! `behavior-trace partitions adopt` and `ahead`.

use behavior_trace::retention::LayoutPreview;
use clap::Args;
use serde::Serialize;

use super::SpanArgs;
use super::row::count;
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::output::{OutputFormat, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// Options of the conversion.
#[derive(Args, Debug)]
pub(super) struct AdoptArgs {
    /// Prints the SQL that would run, and changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    span: SpanArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

/// Options of the coming partitions.
#[derive(Args, Debug)]
pub(super) struct AheadArgs {
    /// Days, or hours with --hourly, after the running one
    #[arg(long, value_name = "NUMBER", default_value_t = 7, value_parser = clap::value_parser!(u16).range(0..=8_000))]
    spans: u16,
    /// Prints the SQL that would run, and changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    span: SpanArgs,
}

const INTERRUPTED: &str = "interrupted; the server may go on with the change of the table. Look with `behavior-trace partitions list`";

pub(super) async fn adopt(session: &mut CommandSession, args: AdoptArgs) -> Result<(), Failure> {
    let url = session.database_url()?;
    let partitions = args.span.partitions(&url);
    let preview = partitions.preview_convert().await?;
    if preview.statement.is_none() {
        session.note("the table is partitioned already");
    } else {
        session.note(&cost(&preview));
    }
    if args.dry_run {
        return print(session, &preview);
    }
    let mut created = Vec::new();
    if preview.statement.is_some() {
        let name = url.database_name();
        let rows = count(preview.rows, preview.is_exact);
        let change = format!("write {rows} rows of `{name}` anew while writers wait");
        args.confirm.ask(&change, &name).await?;
        session.on_interrupt().set(INTERRUPTED);
        if partitions.convert().await? {
            created = preview.partitions;
        }
    }
    list(session, created)
}

pub(super) async fn ahead(session: &mut CommandSession, args: AheadArgs) -> Result<(), Failure> {
    let partitions = args.span.partitions(&session.database_url()?);
    let preview = partitions.preview_create_ahead(args.spans).await?;
    if preview.statement.is_none() {
        session.note("all of these partitions are there");
    } else if preview.rows > 0 {
        session.note(&cost(&preview));
    }
    if args.dry_run {
        return print(session, &preview);
    }
    session.on_interrupt().set(INTERRUPTED);
    let number = partitions.create_ahead(args.spans).await?;
    let mut created = preview.partitions;
    // Another process may have created some of them meanwhile.
    created.drain(..created.len().saturating_sub(number));
    list(session, created)
}

/// Returns what a change costs, in words.
fn cost(preview: &LayoutPreview) -> String {
    format!(
        "the server writes {} rows anew, which needs {} of disk beside the table while it works, and writers wait",
        count(preview.rows, preview.is_exact),
        size(preview.bytes)
    )
}

/// Returns a number of bytes in words.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes.div_ceil(MIB) {
        mib @ 0..10_240 => format!("about {mib} MiB"),
        mib => format!("about {} GiB", mib.div_ceil(1_024)),
    }
}

fn list(session: &mut CommandSession, created: Vec<String>) -> Result<(), Failure> {
    let mut list = session.output.list(&session.clock);
    for name in created {
        list.item(&CreatedRow { name })?;
    }
    Ok(list.end(None)?)
}

fn print(session: &mut CommandSession, preview: &LayoutPreview) -> Result<(), Failure> {
    if session.output.format != OutputFormat::Table {
        return Ok(session
            .output
            .one(&LayoutRow(preview.clone()), &session.clock)?);
    }
    match &preview.statement {
        Some(statement) => Ok(session.output.text(&format!("{statement};"))?),
        None => Ok(()),
    }
}

/// A partition that was created.
#[derive(Serialize)]
struct CreatedRow {
    name: String,
}

impl OutputRecord for CreatedRow {
    const FIELDS: &'static [&'static str] = &["name"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        vec!["created".to_owned()]
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![TextCell::new(&self.name)]
    }
}

/// A change that was not made.
#[derive(Serialize)]
#[serde(transparent)]
struct LayoutRow(LayoutPreview);

impl OutputRecord for LayoutRow {
    const FIELDS: &'static [&'static str] =
        &["partitions", "statement", "rows", "is_exact", "bytes"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let Self(preview) = self;
        vec![
            TextCell::new(preview.partitions.join(", ")),
            TextCell::new(preview.statement.as_deref().unwrap_or_default()),
            TextCell::number(count(preview.rows, preview.is_exact)),
            TextCell::new(""),
            TextCell::number(preview.bytes),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_rounded_up_in_words() {
        assert_eq!(size(0), "about 0 MiB");
        assert_eq!(size(1), "about 1 MiB");
        assert_eq!(size((10_239 << 20) + 1), "about 10 GiB");
        assert_eq!(size(7 << 30), "about 7168 MiB");
    }
}
