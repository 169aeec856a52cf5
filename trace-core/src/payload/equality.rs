//! Values that have an equality worth more than their spelling: `1.10` and `1.1`, one instant in two offsets, a set in two orders.
//!
//! A diff compares what two values say as JSON. While it lays a side out, a field that asks for it notes its value beside its
//! place; where two leaves are spelled differently, the notes of both decide. A note counts only if its leaf says just what
//! it says, so that one that was made for a part of a leaf decides nothing.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::masking::{Masks, write_json};

thread_local! {
    /// The place of the next leaf in the value that is being laid out.
    static PLACE: Cell<Option<usize>> = const { Cell::new(None) };
    static NOTED: RefCell<Notes> = const { RefCell::new(Notes(Vec::new())) };
}

/// Serializes a field as it is, and has a diff compare it by its own `==`.
///
/// For a field whose type has an equality worth more than its spelling; for serde's `serialize_with`. A decimal that says `1.10` and
/// then `1.1`, an instant in another offset, `-0.0` and `0.0`, or a `HashSet` in another order is no change then. Outside of a
/// diff it changes nothing. The field has to be a scalar or a list as JSON: of an object each field is compared, so put it there.
///
/// ```
/// use behavior_trace_core::payload::{Changed, by_equality, write_diff};
/// use behavior_trace_core::{Fields, Masks};
///
/// #[derive(serde::Serialize)]
/// struct Point {
///     #[serde(serialize_with = "by_equality")]
///     x: f64,
/// }
///
/// let (before, after) = (Point { x: 0.0 }, Point { x: -0.0 });
/// let changed = write_diff(&mut Fields::new(), &Masks::default(), &before, &after, &[]);
/// assert_eq!(changed, Changed::No);
/// ```
pub fn by_equality<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + PartialEq + Clone + 'static,
    S: Serializer,
{
    note(value, || Box::new(Own(value.clone())));
    value.serialize(serializer)
}

/// Serializes a field as it is, and has a diff compare it by what is in it, whatever the order.
///
/// For a list that is meant as a set, or as a bag: two of one element are more than one. For serde's `serialize_with`.
///
/// ```
/// use behavior_trace_core::payload::{Changed, by_content, write_diff};
/// use behavior_trace_core::{Fields, Masks};
///
/// #[derive(serde::Serialize)]
/// struct User {
///     #[serde(serialize_with = "by_content")]
///     roles: Vec<String>,
/// }
///
/// let user = |roles: [&str; 2]| User { roles: roles.map(str::to_owned).to_vec() };
/// let (before, after) = (user(["admin", "author"]), user(["author", "admin"]));
/// let changed = write_diff(&mut Fields::new(), &Masks::default(), &before, &after, &[]);
/// assert_eq!(changed, Changed::No);
/// ```
pub fn by_content<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + ?Sized,
    S: Serializer,
{
    note(value, || Box::new(Own(content(value))));
    value.serialize(serializer)
}

/// A value that a diff compares by its own `==`, where no attribute fits: in a map, a list or as a whole.
///
/// It is serialized as what it holds; see [`by_equality`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByEquality<T>(pub T);

impl<T: Serialize + PartialEq + Clone + 'static> Serialize for ByEquality<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        by_equality(&self.0, serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByEquality<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T> Deref for ByEquality<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for ByEquality<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for ByEquality<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// The notes of one side, in the order of their places.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

struct Note {
    /// The place where its leaf begins.
    place: usize,
    /// The spelling of the value alone. The leaf has to be spelled so.
    spelled: Vec<u8>,
    value: Box<dyn Equal>,
}

/// A value of any type that can be compared.
trait Equal {
    fn as_any(&self) -> &dyn Any;

    fn equals(&self, other: &dyn Any) -> bool;
}

struct Own<T>(T);

impl<T: PartialEq + 'static> Equal for Own<T> {
    fn as_any(&self) -> &dyn Any {
        &self.0
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other
            .downcast_ref::<T>()
            .is_some_and(|other| self.0 == *other)
    }
}

/// The next leaf begins here.
#[inline]
pub(super) fn at(place: usize) {
    let _ = PLACE.try_with(|current| current.set(Some(place)));
}

/// The side is laid out: takes what was noted.
pub(super) fn noted() -> Notes {
    let _ = PLACE.try_with(|current| current.set(None));
    NOTED.try_with(RefCell::take).unwrap_or_default()
}

fn note<T: Serialize + ?Sized>(value: &T, own: impl FnOnce() -> Box<dyn Equal>) {
    // Taken meanwhile: a value inside this one has no place of its own.
    let Some(place) = PLACE.try_with(Cell::take).ok().flatten() else {
        return;
    };
    let note = Note {
        place,
        spelled: spelled(value),
        value: own(),
    };
    at(place);
    let _ = NOTED.try_with(|noted| noted.borrow_mut().0.push(note));
}

/// The value as a diff spells it, unmasked.
fn spelled<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = write_json(&mut text, &Masks::none(), &mut |pen| {
        value.serialize(pen).is_ok()
    });
    text
}

/// Returns the elements of a list, sorted; of any other value, the value itself.
fn content<T: Serialize + ?Sized>(value: &T) -> Vec<String> {
    let whole = String::from_utf8(spelled(value)).unwrap_or_default();
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(&whole) else {
        return vec![whole];
    };
    let mut content: Vec<_> = elements.into_iter().map(|it| it.get().to_owned()).collect();
    content.sort_unstable();
    content
}

impl Notes {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the note for the leaf that begins there and is spelled so.
    fn of(&self, place: usize, text: &[u8]) -> Option<&dyn Equal> {
        let first = self.0.partition_point(|note| note.place < place);
        let note = self.0.get(first)?;
        (note.place == place && note.spelled == text).then_some(&*note.value)
    }
}

/// One side of a comparison: its notes, where the leaf begins, and what it says.
pub(super) type Noted<'a> = (&'a Notes, usize, &'a [u8]);

/// Returns whether both leaves were noted, and their values say that they are equal.
#[cold]
pub(super) fn are_equal<'a>(left: Noted<'a>, right: Noted<'a>) -> bool {
    let of = |side: Noted<'a>| side.0.of(side.1, side.2);
    let (Some(left), Some(right)) = (of(left), of(right)) else {
        return false;
    };
    // The application's `==` may panic; then they count as different.
    catch_unwind(AssertUnwindSafe(|| left.equals(right.as_any()))).unwrap_or(false)
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notes").field(&self.0.len()).finish()
    }
}
