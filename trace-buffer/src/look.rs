//! A look at a buffer, whether its process lives or not.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::AdoptError;
use crate::POLICY_NAME;
use crate::adopt::{ends, size_of};
use crate::files::{BufferFiles, open};
use crate::layout::{HEAD, LENGTH_AT, NAMES_AT, POLICY_AT, size};

/// State of a buffer, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BufferLook {
    /// Frames that are not settled, as their lengths have it.
    pub unsettled: u64,
    /// Size of the file, in bytes.
    pub bytes: usize,
    /// Name of the policy whose frames these are.
    pub policy: String,
}

impl BufferFiles {
    /// Looks at a buffer. It maps nothing and changes nothing, so it may be asked of a buffer whose process lives, also of this
    /// one. The frames of such a buffer change meanwhile.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, was never finished, is of a later release, or is no buffer.
    pub fn look(path: &Path) -> Result<BufferLook, AdoptError> {
        let failed = |error| AdoptError::Io(path.to_owned(), error);
        let file = open(&mut OpenOptions::new(), path).map_err(failed)?;
        let bytes = size_of(&file, path)?;
        let read = |at: usize, into: &mut [u8]| file.read_exact_at(into, at as u64);
        let load = |at| {
            let mut word = [0; 8];
            // Another process may cut the file meanwhile. Then there is nothing.
            read(at, &mut word).map_or(0, |()| u64::from_ne_bytes(word))
        };
        let (committed, settled) = ends(load, bytes, path)?;
        let name = NAMES_AT[usize::from(load(POLICY_AT) & 1 == 1)];
        let length = usize::try_from(load(name)).unwrap_or(usize::MAX);
        let mut policy = vec![0; length.min(POLICY_NAME)];
        read(name + 8, &mut policy).map_err(failed)?;
        Ok(BufferLook {
            unsettled: frames(load, settled, committed),
            bytes,
            policy: String::from_utf8_lossy(&policy).into_owned(),
        })
    }
}

/// Returns the number of frames between two offsets, as their lengths have it.
fn frames(load: impl Fn(usize) -> u64, from: usize, end: usize) -> u64 {
    let (mut at, mut frames) = (from, 0);
    while at + HEAD <= end {
        let [a, b, c, d, ..] = load(at + LENGTH_AT).to_ne_bytes();
        let length = u32::from_le_bytes([a, b, c, d]);
        let next =
            usize::try_from(length).map_or(usize::MAX, |length| at.saturating_add(size(length)));
        if next > end {
            break;
        }
        (at, frames) = (next, frames + 1);
    }
    frames
}
