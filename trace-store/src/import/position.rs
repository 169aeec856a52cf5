//! The place that an import reached, as an opaque text for the caller.

use std::fmt;
use std::str::FromStr;

use super::ImportError;
use super::error::Kind;
use crate::checksum::fnv1a;

/// Place that an import reached. It prints as opaque text of letters, digits and hyphens. Keep it unchanged; its content
/// differs between releases.
///
/// It belongs to the source, the table, the zones and the destination of its import, and any other import refuses it. It is
/// no secret and grants nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPosition {
    place: Place,
    /// Checksum of the import and of the place.
    check: u64,
}

/// The last row that was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Id of the row in the old table; 0 before the first row.
    pub(super) id: u64,
    /// Checksum of the row. A row of another table with the same id differs.
    pub(super) row: u64,
    /// Latest time up to the row, in microseconds.
    pub(super) latest: Option<i64>,
}

const VERSION: &str = "1";
/// Text in place of the latest time where there is none.
const NONE: &str = "none";

impl ImportPosition {
    /// Creates a position. `import` is a text of everything that it is bound to.
    pub(super) fn new(import: &str, place: Place) -> Self {
        Self {
            place,
            check: check(import, place),
        }
    }

    /// Returns the id in the old table up to which every row is settled; 0 before the first one.
    pub const fn last_id(&self) -> u64 {
        self.place.id
    }

    /// Returns the place, unless the position is of another import.
    pub(super) fn place_in(&self, import: &str) -> Result<Place, Kind> {
        if self.check == check(import, self.place) {
            Ok(self.place)
        } else {
            Err(Kind::ForeignPosition)
        }
    }
}

impl fmt::Display for ImportPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { id, row, latest } = self.place;
        write!(f, "{VERSION}-{id:x}-{row:x}-")?;
        match latest {
            Some(latest) => write!(f, "{latest:x}")?,
            None => f.write_str(NONE)?,
        }
        write!(f, "-{:x}", self.check)
    }
}

impl serde::Serialize for ImportPosition {
    /// Writes the text of `Display`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for ImportPosition {
    type Err = ImportError;

    fn from_str(text: &str) -> Result<Self, ImportError> {
        let (version, rest) = text.split_once('-').ok_or(Kind::MalformedPosition)?;
        if version != VERSION {
            let later = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            let kind = if later {
                Kind::LaterPosition
            } else {
                Kind::MalformedPosition
            };
            return Err(kind.into());
        }
        let position = parse(rest).ok_or(Kind::MalformedPosition)?;
        // Signs, capitals and leading zeros would be other spellings of the same position.
        if position.to_string() == text {
            Ok(position)
        } else {
            Err(Kind::MalformedPosition.into())
        }
    }
}

fn parse(text: &str) -> Option<ImportPosition> {
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let mut parts = text.split('-');
    let (id, row) = (number(parts.next()?)?, number(parts.next()?)?);
    let latest = match parts.next()? {
        NONE => None,
        latest => Some(number(latest)?.cast_signed()),
    };
    let check = number(parts.next()?)?;
    let place = Place { id, row, latest };
    Some(ImportPosition { place, check })
}

fn check(import: &str, place: Place) -> u64 {
    let Place { id, row, latest } = place;
    fnv1a(format!("{VERSION}\0{import}\0{id}\0{row}\0{latest:?}").as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_position_fits_its_own_import_and_no_other() {
        for latest in [None, Some(7), Some(-7)] {
            let place = Place {
                id: 42,
                row: 9,
                latest,
            };
            let text = ImportPosition::new("a", place).to_string();
            let read: ImportPosition = text.parse().expect("our own");
            assert_eq!(read.place_in("a").expect("its own"), place);
            assert!(matches!(read.place_in("b"), Err(Kind::ForeignPosition)));
        }
    }

    #[test]
    fn what_is_no_position_is_refused_and_told_apart_from_a_later_one() {
        let good = ImportPosition::new("a", Place::default()).to_string();
        for (text, is_later) in [
            ("", false),
            ("1", false),
            ("1-+1-0-none-0", false),
            ("1-01-0-none-0", false),
            ("1-0-0-none", false),
            ("2-0", true),
            (&good.to_uppercase(), false),
            (&format!("{good}-"), false),
        ] {
            let error = text.parse::<ImportPosition>().expect_err(text);
            assert!(error.is_position(), "{text}");
            assert_eq!(
                error.to_string().contains("later release"),
                is_later,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_changed_position_never_passes(id: u64, row: u64, latest: Option<i64>, at in 0_usize..60, to in "[0-9a-f]") {
            let text = ImportPosition::new("a", Place { id, row, latest }).to_string();
            let mut changed = text.clone();
            let at = at % text.len();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != text);
            let place = changed.parse::<ImportPosition>().map(|position| position.place_in("a"));
            prop_assert!(!matches!(place, Ok(Ok(_))));
        }
    }
}
