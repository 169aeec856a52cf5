//! The share of rows without an actor.

use behavior_trace_core::Timestamp;

use super::DAY;
use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::StoreError;

/// Number of rows that are looked at. The index over the time gives the latest ones.
const ROWS: u32 = 10_000;
/// Share above which a missing actor is no exception, in percent.
const PERCENT: u64 = 10;

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let since = Timestamp::from_micros(subject.now().as_micros() - DAY);
    let text = format!(
        "SELECT CAST(COUNT(*) AS CHAR), CAST(COALESCE(SUM(actor_type = 'ANONYMOUS'), 0) AS CHAR) FROM \
         (SELECT actor_type FROM operational_activity WHERE occurred_at >= '{since}' \
         ORDER BY occurred_at DESC, id DESC LIMIT {ROWS}) AS latest"
    );
    let counts = subject.pairs(text).await?;
    let number = |text: &str| text.parse().unwrap_or(0);
    let counted = counts
        .first()
        .map(|(rows, anonymous)| (number(rows), number(anonymous)));
    Ok(counted
        .map(|(rows, anonymous)| judge(rows, anonymous))
        .into_iter()
        .collect())
}

fn judge(rows: u64, anonymous: u64) -> Finding {
    let latest = if rows >= u64::from(ROWS) {
        "latest "
    } else {
        ""
    };
    let found = match rows {
        0 => "no rows in the last day".to_owned(),
        _ => format!(
            "{anonymous} of the {latest}{rows} rows of the last day have no actor ({} %)",
            100 * anonymous / rows
        ),
    };
    if 100 * anonymous <= PERCENT * rows {
        return Finding::ok(Check::Anonymous, found);
    }
    Finding::warn(
        Check::Anonymous,
        format!("{found}; more than {PERCENT} % are no exception"),
        "set the actor where requests are authenticated (`ContextLayer` and `ActorLayer`, or `Context::actor`), and \
         `Actor::system()` for jobs; `query --actor ANONYMOUS` lists the rows",
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::FindingLevel;
    use super::*;

    #[test]
    fn a_tenth_without_an_actor_is_the_limit() {
        for (rows, anonymous, level) in [
            (0, 0, FindingLevel::Ok),
            (20, 2, FindingLevel::Ok),
            (20, 3, FindingLevel::Warn),
            (10_000, 1_001, FindingLevel::Warn),
        ] {
            assert_eq!(judge(rows, anonymous).level, level, "{anonymous} of {rows}");
        }
    }
}
