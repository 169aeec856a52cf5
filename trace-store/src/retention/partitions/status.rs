//! The partitions as the server describes them, without I/O.

use std::collections::HashMap;

use behavior_trace_core::Timestamp;

/// A partition of the table.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::retention::Partitions;
///
/// let partitions = Partitions::daily(&"mysql://migrator:secret@db.internal/shop".parse()?);
/// for partition in partitions.list().await? {
///     println!("{}: about {} rows before {:?}", partition.name, partition.rows, partition.before);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PartitionStatus {
    /// Name of the partition.
    pub name: String,
    /// Start of its times, inclusive: the end of the partition before it. `None` for the first one.
    pub since: Option<Timestamp>,
    /// End of its times, exclusive. `None` for the last one, which takes all later times, and for a partition without a
    /// range of times.
    pub before: Option<Timestamp>,
    /// Number of its rows: the server's estimate, unless [`is_exact`](Self::is_exact).
    pub rows: u64,
    /// The rows were counted.
    pub is_exact: bool,
}

/// Returns the partitions, given the name and limit of each in the table's order, and the estimated rows by name.
pub(super) fn partitions(
    limits: &[(String, String)],
    rows: &HashMap<String, u64>,
) -> Vec<PartitionStatus> {
    let end = |(_, limit): &(String, String)| limit.trim_matches('\'').parse().ok();
    let before = std::iter::once(None).chain(limits.iter().map(end));
    let status = |(partition, since): (&(String, String), Option<Timestamp>)| PartitionStatus {
        name: partition.0.clone(),
        since,
        before: end(partition),
        rows: rows.get(&partition.0).copied().unwrap_or_default(),
        is_exact: false,
    };
    limits.iter().zip(before).map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_begins_where_the_one_before_it_ends() {
        let limits = [
            ("before_1", "'2026-03-01 00:00:00'"),
            ("before_2", "'2026-03-02 00:00:00'"),
            ("future", "MAXVALUE"),
        ];
        let owned = |(name, limit): (&str, &str)| (name.to_owned(), limit.to_owned());
        let rows = HashMap::from([("before_2".to_owned(), 7)]);
        let found = partitions(&limits.map(owned), &rows);
        let at = |text: &str| Some(text.parse().expect("a time"));
        let (first, second) = (at("2026-03-01 00:00:00"), at("2026-03-02 00:00:00"));
        let bounds: Vec<_> = found.iter().map(|one| (one.since, one.before)).collect();
        assert_eq!(bounds, [(None, first), (first, second), (second, None)]);
        let rows: Vec<_> = found.iter().map(|one| one.rows).collect();
        assert_eq!(rows, [0, 7, 0]);
    }

    #[test]
    fn a_partition_of_others_has_a_name_and_no_times() {
        let limits = [
            ("p0".to_owned(), String::new()),
            ("p1".to_owned(), "7".to_owned()),
        ];
        for found in partitions(&limits, &HashMap::new()) {
            assert_eq!((found.since, found.before), (None, None), "{found:?}");
        }
    }
}
