//! The changes between two values.
//!
//! Both are laid out flat (`flatten.rs`), compared leaf by leaf, and what differs is written masked (`difference.rs`).

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

/// The answer to whether two values differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an unchanged value usually makes no event"]
#[non_exhaustive]
pub enum Changed {
    /// They are the same; nothing was written.
    No,
    /// They differ, or are too large to be compared; [`Field::Diff`] says how.
    Yes,
    /// One of them could not be read; [`Field::Diff`] says so. [`CaptureResult`] is [`Panicked`](CaptureResult::Panicked) if its code did.
    Unknown(CaptureResult),
}

/// Gives [`Field::Diff`] what changed from `before` to `after`, unless it has a value or nothing changed.
///
/// Only what changed: `{"email":{"from":"a@b.c","to":"d@e.f"}}`. Both values are compared as they are and masked as they
/// are written, so a changed password shows as changed. They may be of different types; what counts is what each says as
/// JSON, so `1_u8` equals `1_i64`, `1` does not equal `1.0`, and a unit variant equals its name.
///
/// - Structs and maps are looked into: `address.city`. In a key itself a dot is written `~1`, a tilde `~0`, and an empty
///   key is `~`, so that every path reads one way. The order of keys does not matter.
/// - Lists are replaced whole. So is a set: one without an order (`HashSet`) may show as changed when it is not, unless
///   its field says [`by_content`](super::by_content).
/// - What is spelled differently differs: `1.10` and `1.1`, one instant in two offsets. A field that says
///   [`by_equality`](super::by_equality) is compared by its own `==`.
/// - A side that lacks the field is left out; `null` is a value. A `None` or `()` as a whole lacks everything, so that
///   `diff(&None, &Some(user))` is a creation.
/// - A value that is no struct or map is shown under `value`.
/// - What is under a secret key is one value, masked on both sides.
/// - `ignore` names keys, wherever they stand, or dotted paths; serde's `skip` does the same.
///
/// Beyond 64 KiB the diff is a marker; beyond 1 MiB the values are not compared and count as changed.
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

/// Memory that a thread keeps, so that a diff allocates nothing once the thread is warm.
#[derive(Default)]
struct Scratch {
    before: FlatValue,
    after: FlatValue,
    text: Vec<u8>,
}

/// The reason why a value could not be laid out.
#[derive(Clone, Copy)]
enum FlattenError {
    Aborted(AbortReason),
    Failed(CaptureResult),
}

type DiffSerializer<'s, 'p, 'a> = &'s mut Serializer<io::Sink, JsonFormatter<'p, Flattener<'a>>>;

impl FlatValue {
    /// Lays out what `serialize` serializes.
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
    /// Writes the difference, or what came in its way, into `text`.
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
