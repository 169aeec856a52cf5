//! The place that a follower reached, as an opaque text for the caller.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::mark::Mark;
use super::passed::PassedIds;
use crate::checksum::fnv1a;
use crate::query::{Kind, QueryError};
use crate::store::filter::Filter;

/// Place that a [`Follow`](super::Follow) reached. It prints as opaque text of letters, digits and hyphens, about 50 of them, and
/// at most 3,000 while many rows with lower ids may still appear. Keep it unchanged; its content differs between releases,
/// and a later one reads the text of an earlier one.
///
/// It belongs to the filters of its follower and to the table, and any other refuses it. It is no secret and grants
/// nothing.
///
/// A follower that resumes here misses no row. It gives no row once more either, with three exceptions between
/// [`settled_id`](Self::settled_id) and [`newest_id`](Self::newest_id): behind the 64th range of ids that may still appear,
/// if the last row that was seen is gone, and from a text that begins with `1`, which does not name the ids that were passed.
/// Such texts are those of earlier releases, and those of a follower that had no id to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowPosition {
    settled: Option<u64>,
    /// The newest row that was given.
    newest: Mark,
    /// The ids after the settled one; `None` if each of them is to be read again.
    passed: Option<PassedIds>,
    /// Checksum of the filter and of all the other fields.
    check: u64,
}

/// Text of a position without passed ids, the only one of earlier releases, and with them.
const VERSION: &str = "1";
const VERSION_WITH_PASSED: &str = "2";
/// Text in place of the settled id where the end of the table is not known yet.
const END: &str = "end";

impl FollowPosition {
    pub(super) fn new(
        filter: &Filter,
        settled: Option<u64>,
        newest: Mark,
        passed: Option<PassedIds>,
    ) -> Self {
        let check = check(filter, settled, newest, passed.as_ref());
        Self {
            settled,
            newest,
            passed,
            check,
        }
    }

    /// Returns the id up to which every row was given, or will never come; `None` for the end of the table at the first poll.
    pub const fn settled_id(&self) -> Option<u64> {
        self.settled
    }

    /// Returns the highest id among the rows that were given; 0 if there was none.
    pub const fn newest_id(&self) -> u64 {
        self.newest.id
    }

    /// Returns the highest id that was passed; `None` for the end of the table at the first poll. Ids before it may be open.
    #[doc(hidden)]
    pub fn reached_id(&self) -> Option<u64> {
        let passed = self.passed.as_ref().map_or(0, |passed| passed.reached().id);
        Some(self.settled?.max(passed).max(self.newest.id))
    }

    pub(super) const fn newest(&self) -> Mark {
        self.newest
    }

    pub(super) const fn passed(&self) -> Option<&PassedIds> {
        self.passed.as_ref()
    }

    /// Fails unless the position is of a follower with this filter.
    pub(super) fn check(&self, filter: &Filter) -> Result<(), QueryError> {
        if self.check == check(filter, self.settled, self.newest, self.passed.as_ref()) {
            Ok(())
        } else {
            Err(Kind::ForeignPosition.into())
        }
    }
}

impl fmt::Display for FollowPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", version(self.passed.as_ref()))?;
        match self.settled {
            Some(settled) => write!(f, "{settled:x}")?,
            None => f.write_str(END)?,
        }
        let Mark { id, event } = self.newest;
        write!(f, "-{id:x}-{event:x}")?;
        for number in self.passed.iter().flat_map(PassedIds::numbers) {
            write!(f, "-{number:x}")?;
        }
        write!(f, "-{:x}", self.check)
    }
}

const fn version(passed: Option<&PassedIds>) -> &'static str {
    match passed {
        None => VERSION,
        Some(_) => VERSION_WITH_PASSED,
    }
}

impl serde::Serialize for FollowPosition {
    /// Writes the text of `Display`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for FollowPosition {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let malformed = || QueryError::from(Kind::MalformedPosition);
        let (version, rest) = text.split_once('-').ok_or_else(malformed)?;
        if ![VERSION, VERSION_WITH_PASSED].contains(&version) {
            let later = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            return Err(if later {
                Kind::LaterPosition.into()
            } else {
                malformed()
            });
        }
        let position = parse(version, rest).ok_or_else(malformed)?;
        // Signs, capitals and leading zeros would be other spellings of the same position.
        if position.to_string() == text {
            Ok(position)
        } else {
            Err(malformed())
        }
    }
}

fn parse(version: &str, text: &str) -> Option<FollowPosition> {
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let (settled, rest) = text.split_once('-')?;
    let settled = match settled {
        END => None,
        settled => Some(number(settled)?),
    };
    let numbers: Option<Vec<_>> = rest.split('-').map(number).collect();
    let numbers = numbers?;
    let [id, event, passed @ .., check] = numbers.as_slice() else {
        return None;
    };
    let passed = match version {
        VERSION => passed.is_empty().then_some(None)?,
        _ => Some(PassedIds::parse(settled?, passed)?),
    };
    Some(FollowPosition {
        settled,
        newest: Mark {
            id: *id,
            event: *event,
        },
        passed,
        check: *check,
    })
}

/// Returns a hash of everything the position is bound to. It detects mistakes, but not forgery, which would gain nothing.
fn check(filter: &Filter, settled: Option<u64>, newest: Mark, passed: Option<&PassedIds>) -> u64 {
    let mut text = String::new();
    let _ = write!(
        text,
        "{}\0{filter:?}\0{settled:?}\0{}\0{}",
        version(passed),
        newest.id,
        newest.event
    );
    for number in passed.into_iter().flat_map(PassedIds::numbers) {
        let _ = write!(text, "\0{number}");
    }
    fnv1a(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use uuid::Uuid;

    use super::*;
    use crate::store::filter::{Column, Condition};

    fn filter(resource: &str) -> Filter {
        Filter(vec![Condition::is(Column::Resource, resource)])
    }

    fn position() -> FollowPosition {
        let newest = Mark::of(50, &Uuid::from_u128(7));
        FollowPosition::new(&filter("User"), Some(42), newest, None)
    }

    fn with_passed() -> FollowPosition {
        let newest = Mark::of(50, &Uuid::from_u128(7));
        let reached = Mark::of(60, &Uuid::from_u128(8));
        let passed = PassedIds::of(&[43..=44, 47..=50], reached);
        FollowPosition::new(&filter("User"), Some(42), newest, passed)
    }

    #[test]
    fn a_text_of_an_earlier_release_is_read() {
        let text = "1-2a-32-882018b960ff5880-96e2b292c16bbc10";
        assert_eq!(position().to_string(), text);
        assert_eq!(text.parse::<FollowPosition>().expect("read"), position());
        assert!(with_passed().to_string().starts_with("2-2a-32-"));
    }

    #[test]
    fn a_position_fits_its_own_filter_and_no_other() {
        for position in [
            position(),
            with_passed(),
            FollowPosition::new(&filter("User"), None, Mark::default(), None),
        ] {
            let read: FollowPosition = position.to_string().parse().expect("our own");
            assert_eq!(read, position);
            read.check(&filter("User")).expect("its own");
            let error = read.check(&filter("Order")).expect_err("another filter");
            assert!(
                error.is_position() && error.to_string().contains("filter"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_position_is_refused() {
        for text in [
            "",
            "1",
            "1-",
            "1-2a",
            "x-1-1-1-1",
            "1-+2a-0-0-0",
            "1-2A-0-0-0",
            "1-02-0-0-0",
            "1-2-0-0-0-0",
            "1-end-0-0",
            "1-2-0-0-3-0-1-0",
            "2-2-0-0-0",
            "2-end-0-0-3-0-1-0",
            "2-2-0-0-9-0-0-0",
            "2-2-0-0-9-0-1-1-1-0",
            "2-2-0-0-9-0-1-2-0",
            "2-2-0-0-9-0-8-0",
            "2-2-0-0-9-0-1-ffffffffffffffff-1-0",
        ] {
            let error = text.parse::<FollowPosition>().expect_err(text);
            assert!(error.to_string().contains("malformed"), "{text}: {error}");
        }
        let later = "3-whatever".parse::<FollowPosition>();
        let later = later.expect_err("a later release's").to_string();
        assert!(later.contains("later release"), "{later}");
    }

    proptest! {
        #[test]
        fn a_changed_character_is_noticed(place in 0_usize..120, with in "[0-9a-f-]", passed: bool) {
            let text = if passed { with_passed() } else { position() }.to_string();
            let place = place % text.len();
            prop_assume!(text[place..=place] != with);
            let changed = format!("{}{with}{}", &text[..place], &text[place + 1..]);
            let refused = changed.parse::<FollowPosition>();
            let refused = refused.and_then(|position| position.check(&filter("User")));
            prop_assert!(refused.is_err(), "{}", changed);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = text.parse::<FollowPosition>();
        }
    }
}
