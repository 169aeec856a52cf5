//! Spools of a directory, one in each slot.

use std::io;
use std::path::Path;

use super::error::SpoolErrorKind;
use super::slot::{Slot, Slots};
use super::spool_file::Spool;
use super::storage::{NotOpened, OpenedSpool, SpoolStorage, StaleError};

/// Storage of spools as files in the slots of a directory.
#[derive(Clone, Debug)]
pub struct SpoolFiles {
    slots: Slots,
    max_bytes: u64,
}

impl SpoolFiles {
    /// Creates the storage in a directory. Each spool has at most `max_bytes` bytes.
    pub fn new(directory: &Path, max_bytes: u64) -> Self {
        Self {
            slots: Slots::new(directory),
            max_bytes,
        }
    }
}

impl SpoolStorage for SpoolFiles {
    type Slot = Slot;
    type Spool = Spool;

    async fn open(&self, held: Option<Slot>) -> Result<OpenedSpool<Spool>, NotOpened<Slot>> {
        let none = |error: io::Error| NotOpened {
            slot: None,
            error: error.into(),
        };
        let mut complaints = Vec::new();
        let mut slot = match held {
            Some(slot) => slot,
            None => self.slots.claim(0, &mut complaints).map_err(none)?,
        };
        loop {
            match Spool::open(slot, self.max_bytes).await {
                Ok((spool, rows, complaint)) => {
                    complaints.extend(complaint);
                    return Ok(OpenedSpool {
                        spool,
                        rows,
                        complaints,
                    });
                }
                Err((refused, error)) if error.kind() == SpoolErrorKind::Newer => {
                    let number = refused.number();
                    complaints.push(format!("the spool {number} is left alone: {error}"));
                    slot = self
                        .slots
                        .claim(number + 1, &mut complaints)
                        .map_err(none)?;
                }
                Err((slot, error)) => {
                    return Err(NotOpened {
                        slot: Some(slot),
                        error,
                    });
                }
            }
        }
    }

    async fn open_stale(
        &self,
        first: usize,
    ) -> Result<Option<(usize, OpenedSpool<Spool>)>, StaleError> {
        let slot = self
            .slots
            .stale(first)
            .map_err(|(next, error)| StaleError {
                next,
                error: error.into(),
                is_left: self.slots.has_file(next - 1),
            })?;
        let Some(slot) = slot else {
            return Ok(None);
        };
        let next = slot.number() + 1;
        match Spool::open(slot, self.max_bytes).await {
            Ok((spool, rows, complaint)) => {
                let complaints = complaint.into_iter().collect();
                let opened = OpenedSpool {
                    spool,
                    rows,
                    complaints,
                };
                Ok(Some((next, opened)))
            }
            Err((_, error)) => Err(StaleError {
                next,
                error,
                is_left: true,
            }),
        }
    }
}
