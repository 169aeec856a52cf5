//! Partition layout of the table and its changes, without I/O.

use behavior_trace_core::Timestamp;

use crate::retention::error::Kind;

pub(super) const HOUR: i64 = 3_600_000_000;

/// Name of the partition for all times without their own partition.
pub(crate) const FUTURE: &str = "future";

/// Partition layout of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Partitions with an end, oldest first.
    dated: Vec<Partition>,
    is_whole: bool,
    /// Set if the last partition is for the future, so that new ones can be split from it.
    goes_on: bool,
    end: End,
}

/// End of the last partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every row has a partition.
    Never,
    /// Rows from this time on have none.
    At(Timestamp),
    /// The limit is no time.
    Unknown,
}

/// A partition with an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    pub(super) name: String,
    /// Exclusive end.
    pub(super) end: Timestamp,
    /// Limit as the server spells it.
    pub(super) limit: String,
}

/// Partitions to be merged into the one after them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) from: Vec<String>,
    pub(super) into: Partition,
}

impl Layout {
    /// Reads the names and limits of all partitions, in the table's order; none for a table without partitions. It ignores
    /// partitions whose names contain anything but letters, digits and underscores: this library did not create them.
    pub(crate) fn read(pairs: Vec<(String, String)>) -> Self {
        let is_whole = pairs.is_empty();
        let last = pairs.last();
        let goes_on = last.is_some_and(|(name, limit)| name == FUTURE && limit == "MAXVALUE");
        let end = last.map_or(End::Never, |(_, limit)| End::read(limit));
        let dated = pairs.into_iter().filter_map(|(name, limit)| {
            let end = limit.trim_matches('\'').parse().ok()?;
            is_plain(&name).then_some(Partition { name, end, limit })
        });
        Self {
            dated: dated.collect(),
            is_whole,
            goes_on,
            end,
        }
    }

    pub(crate) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns whether new partitions can be split from the last one.
    pub(crate) const fn goes_on(&self) -> bool {
        self.goes_on
    }

    pub(crate) const fn end(&self) -> End {
        self.end
    }

    /// Fails unless new partitions can be split from the one for the future.
    pub(super) fn check(&self) -> Result<(), Kind> {
        if self.is_whole {
            Err(Kind::NotPartitioned)
        } else if self.goes_on {
            Ok(())
        } else {
            Err(Kind::OtherLayout)
        }
    }

    /// Returns the missing ends of the current span and of `spans` after it. A table with only the future partition misses
    /// them all.
    pub(super) fn missing(&self, now: Timestamp, span: i64, spans: u16) -> Vec<Timestamp> {
        let begun = floor(now, span).as_micros();
        (1..=i64::from(spans) + 1)
            .map(|number| Timestamp::from_micros(begun + number * span))
            .filter(|end| !self.reaches(*end))
            .collect()
    }

    /// Returns whether a partition with an end reaches `end`.
    pub(crate) fn reaches(&self, end: Timestamp) -> bool {
        self.dated.iter().any(|partition| partition.end >= end)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.dated.iter().any(|partition| partition.name == name)
    }

    /// Returns the partitions that ended by `before`.
    pub(super) fn expired(&self, before: Timestamp) -> impl Iterator<Item = &Partition> {
        self.dated.iter().filter(move |one| one.end <= before)
    }
}

impl End {
    /// Reads the limit of the last partition. One without a range has none.
    fn read(limit: &str) -> Self {
        match limit {
            "MAXVALUE" | "" => Self::Never,
            limit => limit
                .trim_matches('\'')
                .parse()
                .map_or(Self::Unknown, Self::At),
        }
    }
}

/// Returns the merges for these partitions, given whether each was empty. In a row of empty ones, all are merged into the
/// last.
pub(super) fn merges(partitions: &[(&Partition, bool)]) -> Vec<Merge> {
    let rows = partitions.chunk_by(|(_, one), (_, next)| *one && *next);
    let merge = |row: &[(&Partition, bool)]| {
        let ((into, _), from) = row.split_last()?;
        let from: Vec<_> = from.iter().map(|(one, _)| one.name.clone()).collect();
        let into = (*into).clone();
        (!from.is_empty()).then_some(Merge { from, into })
    };
    rows.filter_map(merge).collect()
}

/// Returns the start of the span that contains `moment`.
pub(super) fn floor(moment: Timestamp, span: i64) -> Timestamp {
    Timestamp::from_micros(moment.as_micros().div_euclid(span) * span)
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::super::text::merger;
    use super::*;

    const DAY: i64 = 24 * HOUR;

    fn layout(pairs: &[(&str, &str)]) -> Layout {
        let owned = |(name, limit): &(&str, &str)| ((*name).to_owned(), (*limit).to_owned());
        Layout::read(pairs.iter().map(owned).collect())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    const LAST: (&str, &str) = ("future", "MAXVALUE");

    #[test]
    fn the_running_span_and_those_after_it_are_made_once() {
        let now = at("2026-03-04 10:20:30");
        let third = ("before_2026030500", "'2026-03-05 00:00:00'");
        let whole = [
            at("2026-03-05 00:00:00"),
            at("2026-03-06 00:00:00"),
            at("2026-03-07 00:00:00"),
        ];
        assert_eq!(layout(&[LAST]).missing(now, DAY, 2), whole);
        assert_eq!(layout(&[third, LAST]).missing(now, DAY, 2), whole[1..]);
        assert_eq!(layout(&[third, LAST]).missing(now, DAY, 0), []);
    }

    #[test]
    fn only_a_table_with_a_place_for_the_future_goes_on() {
        assert!(matches!(layout(&[]).check(), Err(Kind::NotPartitioned)));
        layout(&[LAST]).check().expect("it goes on");
        for other in [
            ("p0", ""),
            ("future", "'2026-03-05 00:00:00'"),
            ("rest", "MAXVALUE"),
        ] {
            let checked = layout(&[other]).check();
            assert!(matches!(checked, Err(Kind::OtherLayout)), "{other:?}");
        }
    }

    #[test]
    fn the_end_of_a_layout_is_that_of_its_last_partition() {
        let third = ("before_2026030500", "'2026-03-05 00:00:00'");
        let end = End::At(at("2026-03-05 00:00:00"));
        for (pairs, expected) in [
            (vec![], End::Never),
            (vec![third, LAST], End::Never),
            (vec![("p0", "")], End::Never),
            (vec![third], end),
            (vec![("p0", "739000")], End::Unknown),
        ] {
            assert_eq!(layout(&pairs).end(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn of_empty_ones_in_a_row_the_youngest_stays() {
        let limits = [
            "'2026-03-01'",
            "'2026-03-02'",
            "'2026-03-03'",
            "'2026-03-04'",
            "'2026-03-05'",
        ];
        let names = ["a", "b", "c", "d", "e"];
        let partitions: Vec<_> = (0..5)
            .map(|place| Partition {
                name: names[place].to_owned(),
                end: at("2026-03-01 00:00:00"),
                limit: limits[place].to_owned(),
            })
            .collect();
        let merged = |empty: [bool; 5]| {
            let each: Vec<_> = partitions.iter().zip(empty).collect();
            let merges = merges(&each).into_iter();
            merges
                .map(|one| (one.from.concat(), one.into.name))
                .collect::<Vec<_>>()
        };
        let pair = |from: &str, into: &str| (from.to_owned(), into.to_owned());
        assert_eq!(merged([true; 5]), [pair("abcd", "e")]);
        assert_eq!(
            merged([true, true, false, true, true]),
            [pair("a", "b"), pair("d", "e")]
        );
        assert_eq!(merged([false, true, false, true, false]), []);
        let merge = Merge {
            from: vec!["a".to_owned(), "b".to_owned()],
            into: partitions[2].clone(),
        };
        assert_eq!(
            merger(&merge),
            "ALTER TABLE operational_activity REORGANIZE PARTITION `a`, `b`, `c` INTO (PARTITION `c` VALUES LESS THAN \
             ('2026-03-03'))"
        );
    }
}
