//! Source of random numbers for the writer's waits.

use uuid::Uuid;

/// A random number generator. With a seed, it draws the same numbers in every run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jitter {
    seed: Option<u64>,
}

impl Jitter {
    /// Creates a generator that draws the same numbers in every run.
    pub const fn seeded(seed: u64) -> Self {
        Self { seed: Some(seed) }
    }

    /// Draws a uniformly distributed number.
    pub fn draw(&mut self) -> u16 {
        if let Some(seed) = &mut self.seed {
            *seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            return u16::try_from(*seed >> 48).unwrap_or_default();
        }
        let bytes = Uuid::new_v4().into_bytes();
        u16::from_le_bytes([bytes[0], bytes[1]])
    }
}
