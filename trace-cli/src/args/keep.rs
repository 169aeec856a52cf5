//! The age up to which rows are kept.

use std::time::Duration;

use behavior_trace::retention::Retention;
use clap::Args;

/// The age up to which rows are kept.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct KeepArgs {
    /// Age up to which rows are kept, at least 7d: 90d, 52w
    #[arg(long, value_name = "DURATION", value_parser = parse_keep)]
    pub(crate) keep: Duration,
}

/// Reads a duration that is long enough.
pub(crate) fn parse_keep(text: &str) -> Result<Duration, String> {
    let keep = crate::when::duration(text)?;
    if keep < Retention::MIN_KEEP {
        return Err(
            "rows younger than seven days may still be sent again from a spool, and would appear again; keep at least 7d"
                .to_owned(),
        );
    }
    Ok(keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_may_still_be_on_their_way_are_kept() {
        assert_eq!(parse_keep("7d"), Ok(Retention::MIN_KEEP));
        for short in ["6d", "167h", "0s"] {
            let error = parse_keep(short).expect_err(short);
            assert!(error.contains("at least 7d"), "{error}");
        }
        assert!(parse_keep("soon").is_err());
    }
}
