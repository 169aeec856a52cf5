//! Identities of connections.

/// Identity of a connection, unique among all connections that this recorder has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSerial(usize, u64);

impl SessionSerial {
    /// Identifies the connection of a slot by its number among those of the slot.
    pub(super) const fn new(slot: usize, connection: u64) -> Self {
        Self(slot, connection)
    }
}
