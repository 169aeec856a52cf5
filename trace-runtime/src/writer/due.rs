//! The reasons to send events before their time.

/// Reasons to send events before their time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    /// A caller waits for everything to be settled.
    pub(super) hurried: bool,
    /// A shutdown is in progress: spooled rows stay in the spool.
    pub(super) closing: bool,
}
