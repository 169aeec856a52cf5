//! A table of another under the recorder's name.

/// Columns of the PHP package's table in its later releases.
const LATER_RELEASES: [&str; 3] = ["entity_type", "entity_id", "metadata"];

/// Describes a table that lacks a wanted column; `None` if it has all of them.
pub(super) fn describe<'n>(
    found: &[&str],
    wanted: impl Iterator<Item = &'n str>,
) -> Option<String> {
    let has = |name: &str| found.iter().any(|found| found.eq_ignore_ascii_case(name));
    let missing: Vec<_> = wanted.filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let whose = if LATER_RELEASES.into_iter().all(has) {
        "the PHP package's of a later release"
    } else {
        "not the recorder's"
    };
    Some(format!(
        "the table `operational_activity` is {whose}: it has the columns `{}`, and lacks `{}`",
        found.join("`, `"),
        missing.join("`, `")
    ))
}
