//! Layout of an event in a buffer: the length of its fields, its timestamp, its id if it has one already, its fields.

use behavior_trace_core::Timestamp;
use uuid::Uuid;

use super::CHUNK;

const HEAD: usize = 4 + 8;
const ID: usize = 16;
/// Bit of the length of an event with an id.
const HAS_ID: u32 = 1 << 31;

/// One event in its buffer layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) occurred_at: Timestamp,
    /// Id of an event from a mapped buffer, where it outlives this process. Others get theirs when they become rows.
    pub(crate) event_id: Option<Uuid>,
    pub(crate) fields: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Returns the number of bytes it takes in a buffer.
    pub(crate) const fn size(&self) -> usize {
        let id = if self.event_id.is_some() { ID } else { 0 };
        HEAD + id + self.fields.len()
    }

    /// Returns the number of bytes it will take once it has an id.
    pub(super) const fn size_with_id(&self) -> usize {
        HEAD + ID + self.fields.len()
    }

    /// Returns whether the layout has room for the length of the fields.
    pub(super) const fn fits(&self) -> bool {
        self.fields.len() < HAS_ID as usize
    }

    #[inline]
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        debug_assert!(self.fits());
        let mut length = u32::try_from(self.fields.len()).unwrap_or_default();
        if self.event_id.is_some() {
            length |= HAS_ID;
        }
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..].copy_from_slice(&self.occurred_at.as_micros().to_le_bytes());
        make_room(bytes, self.size());
        bytes.extend_from_slice(&head);
        if let Some(id) = &self.event_id {
            bytes.extend_from_slice(id.as_bytes());
        }
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
        let length = u32::from_le_bytes(*length);
        let (event_id, rest) = if length & HAS_ID == 0 {
            (None, rest)
        } else {
            let (id, rest) = rest.split_first_chunk::<ID>()?;
            (Some(Uuid::from_bytes(*id)), rest)
        };
        let length = usize::try_from(length & !HAS_ID).ok()?;
        Some(Self {
            occurred_at: Timestamp::from_micros(i64::from_le_bytes(*micros)),
            event_id,
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
