//! Layout of an event in a buffer: the length of its fields, its timestamp, its fields.

use behavior_trace_core::Timestamp;

use super::CHUNK;

const HEAD: usize = 4 + 8;

/// One event in its buffer layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) occurred_at: Timestamp,
    pub(crate) fields: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Returns the number of bytes it takes in a buffer.
    pub(crate) const fn size(&self) -> usize {
        HEAD + self.fields.len()
    }

    #[inline]
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        // A value has at most 256 MiB. Only sixteen of those exceed a `u32`, in a queue larger than 4 GiB.
        let length = u32::try_from(self.fields.len()).unwrap_or(u32::MAX);
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..].copy_from_slice(&self.occurred_at.as_micros().to_le_bytes());
        make_room(bytes, self.size());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(self.fields);
    }

    /// Returns whether a buffer that is not empty has no room for this frame.
    pub(super) const fn overfills(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty() && bytes.len() + self.size() > CHUNK
    }

    /// Reads the first frame of a buffer.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (micros, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        Some(Self {
            occurred_at: Timestamp::from_micros(i64::from_le_bytes(*micros)),
            fields: rest.get(..length)?,
        })
    }
}

/// Makes room by doubling as `Vec` does, but up to one chunk only: the budget counts used bytes, not capacity.
#[inline]
pub(super) fn make_room(bytes: &mut Vec<u8>, size: usize) {
    let needed = bytes.len() + size;
    if needed > bytes.capacity() {
        grow(bytes, needed);
    }
}

#[cold]
#[inline(never)]
fn grow(bytes: &mut Vec<u8>, needed: usize) {
    let room = needed.max(CHUNK.min(2 * bytes.capacity()));
    bytes.reserve_exact(room - bytes.len());
}

/// Shrinks a buffer that takes no more events. Small events fill theirs; one of more than half a chunk has a chunk alone.
pub(super) fn give_back_room(bytes: &mut Vec<u8>) {
    const WORTH_IT: usize = CHUNK / 16;
    if bytes.capacity() - bytes.len() > WORTH_IT {
        bytes.shrink_to_fit();
    }
}
