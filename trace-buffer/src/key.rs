//! The key of a file, from which the ids and the checksums of its frames follow.

use rapidhash::v3::{DEFAULT_RAPID_SECRETS, rapidhash_v3_micro_inline};
use uuid::{Builder, Uuid};

use crate::layout::KEY_AT;
use crate::memory::Memory;

/// The key of a file, and how often its buffer was used before. Both are in the id of each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    halves: [u64; 2],
    pub(crate) generation: u32,
}

impl Key {
    /// Draws the key of a new file.
    pub(crate) fn draw() -> Self {
        let (first, last) = Uuid::new_v4().as_u64_pair();
        let halves = [first, last];
        Self {
            halves,
            generation: 0,
        }
    }

    pub(crate) fn load(memory: &Memory) -> Self {
        let halves = KEY_AT.map(|at| memory.load(at));
        Self {
            halves,
            generation: 0,
        }
    }

    pub(crate) fn store(self, memory: &Memory) {
        for (at, half) in KEY_AT.into_iter().zip(self.halves) {
            memory.store(at, half);
        }
    }

    /// Returns the key for the next use of the buffer; `None` after the last one.
    pub(crate) fn next(self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { generation, ..self })
    }

    /// Returns the id of the frame at an offset: a UUID of random bits, as far as anybody can see.
    ///
    /// No two frames of a file have one id. Generation and offset are a number of 59 bits, a product with an odd one differs in
    /// as many bits as the numbers have, and the last 62 bits of the sum are in the id. Frames of two files have one id as
    /// rarely as two drawn ones.
    pub(crate) fn id(self, generation: u32, offset: usize) -> [u8; 16] {
        // Odd, so that different numbers have different products.
        const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let number = (u128::from(generation) << 27) | (offset as u128 >> 3);
        let [first, last] = self.halves.map(u128::from);
        let sum = (first << 64 | last).wrapping_add(number.wrapping_mul(SPREAD));
        *Builder::from_random_bytes(sum.to_be_bytes())
            .as_uuid()
            .as_bytes()
    }

    /// Returns the checksum of a frame. It is never 0, so a page of zeros holds no frame.
    #[inline]
    pub(crate) fn checksum(self, generation: u32, micros: i64, fields: &[u8]) -> u64 {
        // Odd, so that each time gives another product.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let time = micros.cast_unsigned().wrapping_mul(SPREAD);
        let length = (u64::from(generation) << 32 | fields.len() as u64).rotate_left(40);
        // The variant whose values for frames of some 250 bytes cost least; the avalanche keeps each bit under the checksum.
        let fields = rapidhash_v3_micro_inline::<true, false>(fields, &DEFAULT_RAPID_SECRETS);
        (fields ^ time ^ length ^ self.halves[0] ^ self.halves[1]).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::layout::{FRAMES, MAXIMUM};

    #[test]
    fn ids_are_random_uuids_and_differ_by_file_by_use_and_by_place() {
        let mut ids = HashSet::new();
        for key in [Key::draw(), Key::draw()] {
            for generation in [0, 1, 2, 1 << 16, u32::MAX - 1, u32::MAX] {
                for offset in (FRAMES..FRAMES + 800).step_by(8).chain([MAXIMUM - 8]) {
                    let id = key.id(generation, offset);
                    assert_eq!(Uuid::from_bytes(id).get_version_num(), 4);
                    assert!(ids.insert(id), "{generation} {offset}");
                }
            }
        }
        assert_eq!(ids.len(), 2 * 6 * 101);
    }

    #[test]
    fn a_buffer_is_not_used_again_once_its_generations_are_used_up() {
        let last = Key {
            generation: u32::MAX,
            ..Key::draw()
        };
        assert_eq!(last.next(), None);
        assert_eq!(Key::draw().next().map(|next| next.generation), Some(1));
    }
}
