//! The start of the next page, as an opaque text for the caller.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::error::{Kind, QueryError};
use crate::checksum::fnv1a;
use crate::store::filter::{Filter, Order, Position};

/// Position after the last row of a page. It prints as opaque text of letters, digits and hyphens. Pass it on unchanged;
/// its content differs between releases.
///
/// A cursor belongs to the filter and the order of its query, and any other query refuses it. It is no secret and grants
/// nothing: every page applies the filter, regardless of the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    position: Position,
    /// Checksum of the filter, the order and the position.
    check: u64,
}

const VERSION: &str = "1";

impl Cursor {
    pub(super) fn new(filter: &Filter, order: Order, position: Position) -> Self {
        Self {
            check: check(filter, order, &position),
            position,
        }
    }

    /// Returns the position, if the cursor belongs to this query.
    pub(super) fn position(&self, filter: &Filter, order: Order) -> Result<&Position, QueryError> {
        if self.check == check(filter, order, &self.position) {
            Ok(&self.position)
        } else {
            Err(Kind::ForeignCursor.into())
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}-{:x}-{:016x}-", self.position.id, self.check)?;
        self.position
            .occurred_at
            .bytes()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl serde::Serialize for Cursor {
    /// Writes the text of `Display`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Cursor {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let malformed = || QueryError::from(Kind::MalformedCursor);
        let (version, rest) = text.split_once('-').ok_or_else(malformed)?;
        if version != VERSION {
            let later = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            return Err(if later {
                Kind::LaterCursor.into()
            } else {
                malformed()
            });
        }
        parse(rest).ok_or_else(malformed)
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.split('-');
    let (id, check, moment) = (parts.next()?, parts.next()?, parts.next()?);
    // Signs, spaces and capitals would be other spellings of the same cursor.
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if parts.next().is_some()
        || ![id, check, moment].into_iter().all(plain)
        || moment.len() > 64
        || moment.len() % 2 == 1
    {
        return None;
    }
    let bytes: Option<Vec<u8>> = moment
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(Cursor {
        position: Position {
            occurred_at: String::from_utf8(bytes?).ok()?,
            id: u64::from_str_radix(id, 16).ok()?,
        },
        check: u64::from_str_radix(check, 16).ok()?,
    })
}

/// Returns an FNV-1a hash of everything the cursor is bound to. The hash is small and equal on every machine. A release
/// with another `Debug` text of the filter refuses earlier cursors. It detects mistakes, but not forgery, which would gain
/// nothing.
fn check(filter: &Filter, order: Order, position: &Position) -> u64 {
    let mut text = String::new();
    let _ = write!(
        text,
        "{VERSION}\0{filter:?}\0{order:?}\0{}\0{}",
        position.occurred_at, position.id
    );
    fnv1a(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::filter::{Column, Condition};

    fn filter(resource: &str) -> Filter {
        Filter(vec![Condition::Is(Column::Resource, resource.to_owned())])
    }

    fn cursor() -> Cursor {
        let position = Position {
            occurred_at: "2026-11-22 09:30:00.000125".to_owned(),
            id: 42,
        };
        Cursor::new(&filter("User"), Order::NewestFirst, position)
    }

    #[test]
    fn a_cursor_fits_its_own_query_and_no_other() {
        let cursor: Cursor = cursor().to_string().parse().expect("our own");
        assert_eq!(
            cursor
                .position(&filter("User"), Order::NewestFirst)
                .expect("its own")
                .id,
            42
        );
        for (filter, order) in [
            (filter("Order"), Order::NewestFirst),
            (filter("User"), Order::OldestFirst),
            (Filter::default(), Order::NewestFirst),
        ] {
            let error = cursor.position(&filter, order).expect_err("another query");
            assert!(
                error.is_cursor() && error.to_string().contains("another filter"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_cursor_is_said_to_be_none() {
        for text in [
            "",
            "1",
            "1-",
            "1-2a",
            "x-1-1-1",
            "1-+2a-0-32",
            "1-2a-0-3",
            "1-2A-0000-32",
            "1-2a-0-ff-0",
        ] {
            assert!(
                text.parse::<Cursor>()
                    .expect_err(text)
                    .to_string()
                    .contains("malformed"),
                "{text}"
            );
        }
        let later = "2-whatever"
            .parse::<Cursor>()
            .expect_err("a later release's");
        assert!(later.to_string().contains("later release"), "{later}");
    }

    proptest! {
        #[test]
        fn a_changed_character_never_goes_unnoticed(place in 0_usize..90, with in "[0-9a-f-]") {
            let text = cursor().to_string();
            let place = place % text.len();
            prop_assume!(text[place..=place] != with);
            let changed = format!("{}{with}{}", &text[..place], &text[place + 1..]);
            let refused = changed.parse::<Cursor>().and_then(|cursor| {
                cursor.position(&filter("User"), Order::NewestFirst).map(|_| ())
            });
            prop_assert!(refused.is_err(), "{}", changed);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = text.parse::<Cursor>();
        }
    }
}
