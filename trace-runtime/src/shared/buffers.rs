//! The mapped buffers of a recorder: their directory, and what a dead process has left in it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use behavior_trace_buffer::BufferFiles;
use behavior_trace_store::spool::BufferSlots;

use crate::config::{Config, Durability};
use crate::queue::MappedBuffers;
use crate::writer::LeftBuffers;

/// Locks a directory for the buffers of this recorder. Returns nothing if its events are not in mapped buffers.
///
/// # Errors
///
/// A directory that cannot be made or locked, or a system without such buffers.
pub(super) fn open(
    config: &Config,
    policy: &str,
) -> io::Result<Option<(MappedBuffers, LeftBuffers)>> {
    let Some(directory) = config.spool_directory() else {
        return Ok(None);
    };
    if config.durability() != Durability::Mapped {
        return Ok(None);
    }
    let slot = BufferSlots::new(directory).claim()?;
    // Before a buffer is made, or it would be taken for one that was left.
    let paths: VecDeque<_> = BufferFiles::left(slot.directory())?.into();
    let buffers = MappedBuffers::new(slot.directory(), config.queue_bytes, policy)?;
    let slot = Arc::new(slot);
    Ok(Some((buffers, LeftBuffers { slot, paths })))
}
