//! The difference of two values.
//!
//! Both are flattened (`flatten.rs`) and compared leaf by leaf. The changes are written masked (`difference.rs`).

mod difference;
mod flat_value;
mod flatten;
mod json_eq;
mod path;

use std::cell::RefCell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::Serializer;

use self::difference::{Difference, Oversize};
use self::flat_value::FlatValue;
use self::flatten::Flattener;
use super::equality;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits::PAYLOAD_BYTES;
use crate::masking::{AbortReason, CaptureResult, JsonFormatter, Masks, mark, mark_abort};

/// The result of the comparison of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an unchanged value usually makes no event"]
#[non_exhaustive]
pub enum Changed {
    /// The values are equal, and nothing was written.
    No,
    /// The values differ, or are too large to be compared. [`Field::Diff`] has the changes or a mark.
    Yes,
    /// A value could not be read, and [`Field::Diff`] has a mark. The result is [`Panicked`](CaptureResult::Panicked) if the
    /// value's code panicked.
    Unknown(CaptureResult),
}

/// Sets [`Field::Diff`] to the changes from `before` to `after`, unless the field has a value or nothing changed.
///
/// Only changes are written: `{"email":{"from":"a@b.c","to":"d@e.f"}}`. The values are compared unmasked and written masked,
/// so a changed password shows as changed. They may be of different types, because their JSON counts: `1_u8` equals `1_i64`,
/// `1` does not equal `1.0`, and a unit variant equals its name.
///
/// - Structs and maps are compared field by field: `address.city`. In a key itself a dot is written `~1`, a tilde `~0`, and
///   an empty key is `~`, so that every path is unambiguous. The order of keys does not matter.
/// - Lists are replaced whole, and so are sets. A set without an order (`HashSet`) may show as changed when it is not,
///   unless its field uses [`by_content`](super::by_content).
/// - Different spellings differ: `1.10` and `1.1`, one instant in two offsets. A field with
///   [`by_equality`](super::by_equality) is compared by its own `==`.
/// - A side without the field is left out; `null` is a value. A whole value `None` or `()` has no field, so that
///   `diff(&None, &Some(user))` is a creation.
/// - A value that is no struct or map is shown under `value`.
/// - The value under a secret key is one value, masked on both sides.
/// - `ignore` names keys at any position, or dotted paths; serde's `skip` has the same effect.
///
/// A diff larger than 64 KiB becomes a marker. Values larger than 1 MiB are not compared and count as changed.
///
/// ```
/// use behavior_trace_core::payload::{Changed, write_diff};
/// use behavior_trace_core::{Field, Fields, Masks};
///
/// let before = std::collections::BTreeMap::from([("email", "a@b.c"), ("name", "Ada")]);
/// let after = std::collections::BTreeMap::from([("email", "d@e.f"), ("name", "Ada")]);
/// let mut fields = Fields::new();
/// let changed = write_diff(&mut fields, &Masks::default(), &before, &after, &[]);
/// assert_eq!(changed, Changed::Yes);
/// assert_eq!(fields.get(Field::Diff), Some(r#"{"email":{"from":"a@b.c","to":"d@e.f"}}"#));
/// ```
pub fn write_diff<B, A>(
    fields: &mut Fields,
    masks: &Masks,
    before: &B,
    after: &A,
    ignore: &[&str],
) -> Changed
where
    B: Serialize + ?Sized,
    A: Serialize + ?Sized,
{
    let mut scratch = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    let laid_out = scratch
        .before
        .lay_out(masks, ignore, &mut |serializer| {
            before.serialize(serializer).is_ok()
        })
        .and_then(|()| {
            scratch.after.lay_out(masks, ignore, &mut |serializer| {
                after.serialize(serializer).is_ok()
            })
        });
    let changed = scratch.compare(laid_out, masks);
    if changed != Changed::No {
        fields.append(Field::Diff, |out| out.extend_from_slice(&scratch.text));
    }
    scratch.clear();
    let _ = SCRATCH.try_with(|kept| kept.replace(scratch));
    changed
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory that a thread reuses, so that a diff does not allocate once the thread is warm.
#[derive(Default)]
struct Scratch {
    before: FlatValue,
    after: FlatValue,
    text: Vec<u8>,
}

/// The reason why a value could not be flattened.
#[derive(Clone, Copy)]
enum FlattenError {
    Aborted(AbortReason),
    Failed(CaptureResult),
}

type DiffSerializer<'s, 'p, 'a> = &'s mut Serializer<io::Sink, JsonFormatter<'p, Flattener<'a>>>;

impl FlatValue {
    /// Flattens the value that `serialize` serializes.
    fn lay_out(
        &mut self,
        masks: &Masks,
        ignore: &[&str],
        serialize: &mut dyn FnMut(DiffSerializer<'_, '_, '_>) -> bool,
    ) -> Result<(), FlattenError> {
        let mut output = Flattener::new(self, masks, ignore);
        let mut serializer =
            Serializer::with_formatter(io::sink(), JsonFormatter::new(&mut output));
        let result = catch_unwind(AssertUnwindSafe(|| serialize(&mut serializer)));
        let aborted = output.aborted;
        self.notes = equality::noted();
        match (result, aborted) {
            (Ok(true), None) => {
                self.end();
                Ok(())
            }
            (Err(_), _) => Err(FlattenError::Failed(CaptureResult::Panicked)),
            (Ok(_), Some(reason @ (AbortReason::Oversize | AbortReason::Bottomless))) => {
                Err(FlattenError::Aborted(reason))
            }
            (Ok(_), _) => Err(FlattenError::Failed(CaptureResult::Failed)),
        }
    }
}

impl Scratch {
    /// Writes the difference, or the mark of an error, into `text`.
    fn compare(&mut self, laid_out: Result<(), FlattenError>, masks: &Masks) -> Changed {
        match laid_out {
            Ok(()) => {
                let mut difference = Difference {
                    before: &self.before,
                    after: &self.after,
                    masks,
                    text: &mut self.text,
                };
                match difference.write() {
                    Ok(()) if self.text.is_empty() => return Changed::No,
                    Ok(()) => self.text.push(b'}'),
                    Err(Oversize) => mark_abort(&mut self.text, 0, AbortReason::Oversize),
                }
                Changed::Yes
            }
            Err(FlattenError::Aborted(reason)) => {
                mark_abort(&mut self.text, 0, reason);
                Changed::Yes
            }
            Err(FlattenError::Failed(capture)) => {
                mark(&mut self.text, 0, capture.word());
                Changed::Unknown(capture)
            }
        }
    }

    fn clear(&mut self) {
        self.before.clear();
        self.after.clear();
        self.text.clear();
        self.text.shrink_to(PAYLOAD_BYTES);
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
#[path = "../../../tests/diff.rs"]
mod tests;
