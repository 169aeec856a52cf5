//! Layout of a file: a head, then frames.
//!
//! | bytes | content |
//! |---|---|
//! | 0–7 | `MAGIC`, with the version in its last byte. It is written last, so a file without it was never finished. |
//! | 8–15 | number of the policy's name in force: 0 or 1 |
//! | 16–31 | the key: drawn when the file is made, and the same as long as it is there |
//! | 64–191, 192–319 | two names of policies, each a length and text |
//! | 320–327 | `COMMITTED`: offset of the end of the last whole frame |
//! | 384–391 | `SETTLED`: offset up to which frames are stored elsewhere |
//! | 448– | frames |
//!
//! A frame is its checksum (8 bytes), the length of its fields (4), the generation of the buffer (4), its time in microseconds
//! (8), and its fields, padded to a multiple of eight. The checksum covers all of it, and the key.
//!
//! The id of a frame is not written: [`Key::id`](crate::key::Key::id) has it from the key, the frame's generation and its offset. The key is in one
//! sector with `MAGIC`, so a disk that has a frame and the head of its file has the id too.

use crate::POLICY_NAME;

pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"btbuf\0\0\x01");
/// The part of `MAGIC` that is equal in all versions.
pub(crate) const KIND: u64 = u64::from_le_bytes(*b"btbuf\0\0\0");

pub(crate) const MAGIC_AT: usize = 0;
pub(crate) const POLICY_AT: usize = 8;
pub(crate) const KEY_AT: [usize; 2] = [16, 24];
pub(crate) const NAMES_AT: [usize; 2] = [64, 192];
pub(crate) const COMMITTED: usize = 320;
pub(crate) const SETTLED: usize = 384;
pub(crate) const FRAMES: usize = 448;

pub(crate) const HEAD: usize = 24;
/// Offsets in a frame.
pub(crate) const LENGTH_AT: usize = 8;
pub(crate) const GENERATION_AT: usize = 12;
pub(crate) const TIME_AT: usize = 16;

const _: () = assert!(NAMES_AT[0] + 8 + POLICY_NAME <= NAMES_AT[1]);
const _: () = assert!(NAMES_AT[1] + 8 + POLICY_NAME <= COMMITTED);
const _: () = assert!(FRAMES.is_multiple_of(8) && HEAD.is_multiple_of(8));

/// Maximum size of a file. It bounds what a damaged file can make a process read.
pub(crate) const MAXIMUM: usize = 1 << 30;

/// Returns the size of a frame with fields of this length. A frame beyond all files has the size `usize::MAX`.
#[inline]
pub(crate) const fn size(fields: usize) -> usize {
    if fields > MAXIMUM {
        return usize::MAX;
    }
    HEAD + fields.next_multiple_of(8)
}
