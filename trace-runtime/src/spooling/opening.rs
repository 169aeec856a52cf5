//! Opening the spool, while the writer goes on with its work.

use crate::spool::{Slots, Spool, SpoolError, Trouble};

/// A spool that is open.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) spool: Box<Spool>,
    pub(super) rows: u64,
    /// What was not as it should be on the way.
    pub(super) complaints: Vec<String>,
}

/// Opens the first spool that nobody else uses and that we can read.
pub(super) async fn open(slots: Slots, most_bytes: u64) -> Result<Found, SpoolError> {
    let mut complaints = Vec::new();
    let mut slot = slots.claim(0)?;
    loop {
        match Spool::open(slot, most_bytes).await {
            Ok((spool, rows, complaint)) => {
                complaints.extend(complaint);
                return Ok(Found {
                    spool: Box::new(spool),
                    rows,
                    complaints,
                });
            }
            Err((refused, error)) if error.trouble() == Trouble::Newer => {
                let number = refused.number();
                complaints.push(format!("the spool {number} is left alone: {error}"));
                slot = slots.claim(number + 1)?;
            }
            Err((_, error)) => return Err(error),
        }
    }
}
