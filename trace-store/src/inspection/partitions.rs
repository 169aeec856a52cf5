//! The partitions of the coming day.

use behavior_trace_core::Timestamp;

use super::DAY;
use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::retention::{End, FUTURE, Layout, PARTITIONS};
use crate::store::StoreError;

const MAKE_AHEAD: &str =
    "run `behavior-trace partitions ahead` (`Partitions::create_ahead`) every day";
const ADD_LAST: &str = "add one for all later times: `ALTER TABLE operational_activity ADD PARTITION \
     (PARTITION future VALUES LESS THAN (MAXVALUE))`";

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let layout = Layout::read(subject.pairs(PARTITIONS).await?);
    if layout.is_whole() {
        let found = "the table is not partitioned";
        return Ok(vec![Finding::ok(Check::Partitions, found)]);
    }
    let now = subject.now();
    let mut findings = vec![judge(&layout, now)];
    if layout.goes_on() && holds_rows(subject).await? {
        findings.push(Finding::warn(
            Check::Partitions,
            format!(
                "`{FUTURE}` has rows, for whose time no partition was made; making it copies them"
            ),
            MAKE_AHEAD,
        ));
    }
    Ok(findings)
}

fn judge(layout: &Layout, now: Timestamp) -> Finding {
    let tomorrow = Timestamp::from_micros(now.as_micros() + DAY);
    if layout.goes_on() {
        let found = if layout.reaches(tomorrow) {
            return Finding::ok(Check::Partitions, "partitions are there for a day ahead");
        } else if layout.reaches(now) {
            format!("no partition is there for a day ahead, {tomorrow}")
        } else {
            format!("no partition is there for now, {now}")
        };
        let found = format!("{found}; rows without one go to `{FUTURE}`");
        return Finding::warn(Check::Partitions, found, MAKE_AHEAD);
    }
    match layout.end() {
        End::At(end) if end < tomorrow => Finding::fail(
            Check::Partitions,
            format!("the last partition ends at {end}, so rows from then on are refused"),
            ADD_LAST,
        ),
        End::At(end) => Finding::warn(
            Check::Partitions,
            format!("the last partition ends at {end}, so rows from then on will be refused"),
            ADD_LAST,
        ),
        End::Never | End::Unknown => Finding::warn(
            Check::Partitions,
            "the table is partitioned in another way than by `Partitions`",
            "make the coming partitions by your own job, as `behavior-trace partitions` cannot",
        ),
    }
}

async fn holds_rows(subject: &mut Subject<'_>) -> Result<bool, StoreError> {
    let text =
        format!("SELECT CAST(id AS CHAR) FROM operational_activity PARTITION (`{FUTURE}`) LIMIT 1");
    Ok(!subject.texts(text).await?.is_empty())
}
