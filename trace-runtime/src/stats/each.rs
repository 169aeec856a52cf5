//! The statistics by name, for a metrics library.

use super::{Dropped, Stats};

/// Kind of a number in [`Stats::each`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// Only grows while the recorder runs.
    Counter,
    /// Grows and shrinks.
    Gauge,
}

impl Stats {
    /// Calls `visit` for each number with its name, its reason if there are several, its kind and its value. Names and reasons are
    /// stable: a later release adds some and changes none.
    ///
    /// ```
    /// # let stats = behavior_trace::health::Stats::default();
    /// stats.each(|name, reason, kind, value| {
    ///     let label = reason.map_or(String::new(), |reason| format!("{{reason=\"{reason}\"}}"));
    ///     println!("behavior_trace_{name}{label} {value} # {kind:?}");
    /// });
    /// ```
    pub fn each(&self, mut visit: impl FnMut(&'static str, Option<&'static str>, MetricKind, u64)) {
        for (name, kind, value) in self.numbers() {
            visit(name, None, kind, value);
        }
        for (reason, value) in self.dropped.reasons() {
            visit("dropped", Some(reason), MetricKind::Counter, value);
        }
    }

    /// Returns the numbers that have no reason. A field that is missing here does not compile.
    fn numbers(&self) -> [(&'static str, MetricKind, u64); 23] {
        let Self {
            accepted,
            recovered,
            stored,
            spooled,
            dead_lettered,
            dropped: _,
            in_memory,
            refused,
            unchanged,
            rolled_back,
            commit_unknown,
            in_transaction,
            cancelled,
            reentrant,
            panicked,
            undetermined,
            without_layer,
            without_actor,
            not_durable,
            truncated,
            failed_attempts,
            restarts,
            salvaged,
            unreported,
            oldest_in_memory: _,
            oldest_spooled: _,
            losses: _,
        } = *self;
        let counter = |name, value| (name, MetricKind::Counter, value);
        let gauge = |name, value| (name, MetricKind::Gauge, value);
        [
            counter("accepted", accepted),
            counter("recovered", recovered),
            counter("stored", stored),
            gauge("spooled", spooled),
            counter("dead_lettered", dead_lettered),
            gauge("in_memory", in_memory),
            counter("refused", refused),
            counter("unchanged", unchanged),
            counter("rolled_back", rolled_back),
            counter("commit_unknown", commit_unknown),
            counter("in_transaction", in_transaction),
            counter("cancelled", cancelled),
            counter("reentrant", reentrant),
            counter("panicked", panicked),
            counter("undetermined", undetermined),
            counter("without_layer", without_layer),
            counter("without_actor", without_actor),
            counter("not_durable", not_durable),
            counter("truncated", truncated),
            counter("failed_attempts", failed_attempts),
            counter("restarts", restarts),
            counter("salvaged", salvaged),
            counter("unreported", unreported),
        ]
    }
}

impl Dropped {
    fn reasons(&self) -> [(&'static str, u64); 10] {
        let Self {
            queue_full,
            oversize,
            after_shutdown,
            shutdown,
            forked,
            poison,
            policy_panicked,
            spool_damaged,
            writer_died,
            unit_full,
        } = *self;
        [
            ("queue_full", queue_full),
            ("oversize", oversize),
            ("after_shutdown", after_shutdown),
            ("shutdown", shutdown),
            ("forked", forked),
            ("poison", poison),
            ("policy_panicked", policy_panicked),
            ("spool_damaged", spool_damaged),
            ("writer_died", writer_died),
            ("unit_full", unit_full),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_number_is_visited_once_by_the_name_it_serializes_under() {
        let dropped = Dropped {
            poison: 2,
            ..Dropped::default()
        };
        let stats = Stats {
            stored: 3,
            dropped,
            ..Stats::default()
        };
        let (mut names, mut reasons, mut sum) = (BTreeSet::new(), BTreeSet::new(), 0);
        stats.each(|name, reason, _, value| {
            sum += value;
            let new = match reason {
                None => names.insert(name),
                Some(reason) => name == "dropped" && reasons.insert(reason),
            };
            assert!(new, "{name} {reason:?}");
        });
        assert_eq!(sum, 5);
        let json = serde_json::to_value(&stats).expect("serializes");
        let keys = |value: &serde_json::Value| -> BTreeSet<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        let owned = |all: BTreeSet<&str>| all.into_iter().map(str::to_owned).collect();
        let mut expected: BTreeSet<String> = owned(names);
        // No numbers: the reasons have a name together, and times have no value at rest.
        let others = ["dropped", "losses", "oldest_in_memory", "oldest_spooled"];
        expected.extend(others.map(str::to_owned));
        assert_eq!(keys(&json), expected);
        assert_eq!(keys(&json["dropped"]), owned(reasons));
    }
}
