//! Where the writer's waits get their chance from.

use uuid::Uuid;

/// See the module. With a seed, every run draws the same.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dice {
    #[cfg(test)]
    seed: Option<u64>,
}

impl Dice {
    #[cfg(test)]
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self { seed: Some(seed) }
    }

    /// Any evenly drawn number.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, reason = "only a test has a seed to draw from")
    )]
    pub(super) fn roll(&mut self) -> u16 {
        #[cfg(test)]
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
