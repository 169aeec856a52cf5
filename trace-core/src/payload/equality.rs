//! Values whose equality ignores spelling: `1.10` and `1.1`, one instant in two offsets, a set in two orders.
//!
//! A diff compares the JSON of two values. While it flattens a side, a field may note its value beside its position. If two
//! leaves are spelled differently, the notes of both decide. A note counts only if the leaf has exactly its spelling, so
//! that a note for a part of a leaf decides nothing.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::masking::{Masks, write_json};

thread_local! {
    /// The position of the next leaf in the value that is being flattened.
    static PLACE: Cell<Option<usize>> = const { Cell::new(None) };
    static NOTED: RefCell<Notes> = const { RefCell::new(Notes(Vec::new())) };
}

/// Serializes a field unchanged and makes a diff compare it by its own `==`.
///
/// Use it with serde's `serialize_with`, for a type whose equality ignores spelling. Then these are no change: a decimal
/// `1.10` and `1.1`, an instant in another offset, `-0.0` and `0.0`, or a `HashSet` in another order. It has no effect
/// outside a diff. The field must be a scalar or a list as JSON. An object is compared field by field, so put it on those
/// fields.
///
/// ```
/// use behavior_trace::diff::by_equality;
/// use behavior_trace::test::Capture;
/// use behavior_trace::{assert_not_recorded, behavior_trace};
///
/// #[derive(serde::Serialize)]
/// struct Point {
///     #[serde(serialize_with = "by_equality")]
///     x: f64,
/// }
///
/// #[behavior_trace(action = "point.update", resource = "Point", bind = event)]
/// fn update(before: &Point, after: &Point) {
///     event.diff(before, after);
/// }
///
/// let capture = Capture::new();
/// capture.in_scope(|| update(&Point { x: 0.0 }, &Point { x: -0.0 }));
/// assert_not_recorded!(capture);
/// ```
///
/// # Errors
///
/// Returns the error of the value's `Serialize`.
pub fn by_equality<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + PartialEq + Clone + 'static,
    S: Serializer,
{
    note(value, || Box::new(Own(value.clone())));
    value.serialize(serializer)
}

/// Serializes a field unchanged and makes a diff compare its elements in any order.
///
/// Use it with serde's `serialize_with`, for a list that is meant as a set or a bag: two equal elements are more than one.
///
/// ```
/// use behavior_trace::diff::by_content;
/// use behavior_trace::test::Capture;
/// use behavior_trace::{assert_not_recorded, behavior_trace};
///
/// #[derive(serde::Serialize)]
/// struct User {
///     #[serde(serialize_with = "by_content")]
///     roles: Vec<&'static str>,
/// }
///
/// #[behavior_trace(action = "user.update", resource = "User", bind = event)]
/// fn update(before: &User, after: &User) {
///     event.diff(before, after);
/// }
///
/// let (before, after) = (User { roles: vec!["admin", "author"] }, User { roles: vec!["author", "admin"] });
/// let capture = Capture::new();
/// capture.in_scope(|| update(&before, &after));
/// assert_not_recorded!(capture);
/// ```
///
/// # Errors
///
/// Returns the error of the value's `Serialize`.
pub fn by_content<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + ?Sized,
    S: Serializer,
{
    note(value, || Box::new(Own(content(value))));
    value.serialize(serializer)
}

/// A value that a diff compares by its own `==`, where no attribute fits: in a map, in a list or as a whole.
///
/// It serializes as the value inside; see [`by_equality`].
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

/// The notes of one side, ordered by position.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

struct Note {
    /// The start of the leaf.
    place: usize,
    /// The spelling of the value alone. The leaf must have the same spelling.
    spelled: Vec<u8>,
    value: Box<dyn Equal>,
}

/// A comparable value of any type.
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

/// Sets the position at which the next leaf begins.
#[inline]
pub(super) fn at(place: usize) {
    let _ = PLACE.try_with(|current| current.set(Some(place)));
}

/// Takes the notes after a side is flattened.
pub(super) fn noted() -> Notes {
    let _ = PLACE.try_with(|current| current.set(None));
    NOTED.try_with(RefCell::take).unwrap_or_default()
}

fn note<T: Serialize + ?Sized>(value: &T, own: impl FnOnce() -> Box<dyn Equal>) {
    // The place is taken during the note, because a value inside this one has no place.
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

/// Returns the value in the spelling of a diff, unmasked.
fn spelled<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = write_json(&mut text, &Masks::none(), &mut |pen| {
        value.serialize(pen).is_ok()
    });
    text
}

/// Returns the sorted elements of a list, or any other value as the only element.
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

    /// Returns the note for the leaf with this start and this spelling.
    fn of(&self, place: usize, text: &[u8]) -> Option<&dyn Equal> {
        let first = self.0.partition_point(|note| note.place < place);
        let note = self.0.get(first)?;
        (note.place == place && note.spelled == text).then_some(&*note.value)
    }
}

/// One side of a comparison: its notes, the start of the leaf, and the leaf's text.
pub(super) type Noted<'a> = (&'a Notes, usize, &'a [u8]);

/// Returns whether both leaves have notes whose values are equal.
#[cold]
pub(super) fn are_equal<'a>(left: Noted<'a>, right: Noted<'a>) -> bool {
    let of = |side: Noted<'a>| side.0.of(side.1, side.2);
    let (Some(left), Some(right)) = (of(left), of(right)) else {
        return false;
    };
    // The application's `==` may panic. Then the values count as different.
    catch_unwind(AssertUnwindSafe(|| left.equals(right.as_any()))).unwrap_or(false)
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notes").field(&self.0.len()).finish()
    }
}
