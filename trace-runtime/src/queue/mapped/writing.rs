//! What the writer asks of a queue with mapped buffers.

use std::io;
use std::path::Path;
use std::sync::Arc;

use behavior_trace_store::spool::BufferSlot;

use super::{MappedBuffers, NotAdopted, Piece, Taken, locked};
use crate::queue::{Chunk, Queue};

/// Problems with the files of buffers.
#[derive(Debug)]
pub(crate) struct BufferProblems {
    /// The first reason for which a buffer could not be made.
    pub(crate) not_made: Option<io::Error>,
    /// A complaint for each damaged file that keeps its name.
    pub(crate) not_renamed: Vec<String>,
}

impl Queue {
    /// Collects what was appended to mapped buffers, and counts the events as held by the writer.
    pub(in crate::queue) fn collect(&self, taken: Taken, take: &mut impl FnMut(Chunk)) {
        if taken.is_empty() {
            return;
        }
        let mut collectors = locked(&self.collectors);
        collectors.add(taken.made);
        for part in taken.parts {
            let bytes = self
                .lock(&self.shared)
                .map_or_else(Vec::new, |mut shared| shared.spare());
            if let Some(chunk) = collectors.collect(part, bytes) {
                self.hand_over(chunk, take);
            }
        }
    }

    /// Adopts a buffer of a dead process, if `takes` returns `true` for the policy of its frames. They hold room as those of
    /// this process do. Returns a complaint if a part of the file cannot be read.
    pub(crate) fn adopt(
        &self,
        path: &Path,
        slot: &Arc<BufferSlot>,
        takes: impl Fn(&str) -> bool,
    ) -> Result<(Chunk, Option<String>), NotAdopted> {
        let (chunk, complaint) = locked(&self.collectors).adopt(path, slot, takes)?;
        // Beyond the limit too: what was recorded once is not lost to what is recorded now.
        self.budget.reserve(chunk.size());
        Ok((chunk, complaint))
    }

    /// Settles pieces of mapped buffers: their rows are stored, or in the spool.
    pub(crate) fn settle(&self, pieces: impl IntoIterator<Item = Piece>) {
        let mut collectors = locked(&self.collectors);
        pieces
            .into_iter()
            .for_each(|piece| collectors.settle(piece));
    }

    /// Leaves all frames that are not settled for the next process. Their rows are lost in this one.
    pub(crate) fn hold_unsettled(&self) {
        locked(&self.collectors).hold();
    }

    /// Empties buffers that are no longer needed, and keeps spare ones ready.
    pub(crate) fn tidy_buffers(&self) -> BufferProblems {
        let mapped = self.mapped.as_ref();
        BufferProblems {
            not_renamed: locked(&self.collectors).tidy(mapped),
            not_made: mapped.and_then(MappedBuffers::take_failure),
        }
    }

    /// Removes the settled buffers, after [`seal`](Self::seal). The others stay for the next process.
    pub(crate) fn close_buffers(&self) {
        locked(&self.collectors).close(self.mapped.as_ref());
    }

    /// Sets the name of the policy for which frames are kept from now on.
    pub(crate) fn set_policy_name(&self, name: &str) {
        if let Some(buffers) = &self.mapped {
            buffers.set_policy(name);
        }
        // The writer puts it into the files, and takes what waited for the name.
        self.wake_resting();
    }
}
