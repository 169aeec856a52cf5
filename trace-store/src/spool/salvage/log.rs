//! Write-ahead log beside a file: pages newer than those in the file, up to the last commit.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use super::leaf::{PAGE, long};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Pages of a write-ahead log up to its last commit.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Offset of the newest content of each page.
    places: HashMap<u32, u64>,
    /// Number of pages in the file after the last commit.
    pub(super) pages: u32,
}

/// Cumulative checksum over the frames, as each frame holds it.
#[derive(Clone, Copy, Default)]
struct Sum(u32, u32);

impl Sum {
    fn add(mut self, bytes: &[u8], is_big: bool) -> Self {
        let read = |bytes: &[u8]| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            if is_big {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            }
        };
        for pair in bytes.chunks_exact(8) {
            self.0 = self.0.wrapping_add(read(pair)).wrapping_add(self.1);
            self.1 = self.1.wrapping_add(read(&pair[4..])).wrapping_add(self.0);
        }
        self
    }

    /// Returns whether the bytes hold this checksum.
    fn stands_in(self, bytes: &[u8]) -> bool {
        bytes == [self.0.to_be_bytes(), self.1.to_be_bytes()].concat()
    }
}

impl Log {
    /// Finds the pages of a log. Returns `None` if there is no log or it has no commit.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut reader = BufReader::with_capacity(1 << 18, &file);
        let mut header = [0; HEADER];
        if !fill(&mut reader, &mut header)? {
            return Ok(None);
        }
        let is_big = header[3] & 1 == 1;
        let mut sum = Sum::default().add(&header[..24], is_big);
        if !header.starts_with(&[0x37, 0x7f, 0x06]) || !sum.stands_in(&header[24..]) {
            return Ok(None);
        }
        let (mut places, mut written, mut pages) = (HashMap::new(), Vec::new(), 0);
        let mut frame = [0; FRAME + PAGE];
        let mut at = HEADER as u64;
        while fill(&mut reader, &mut frame)? {
            sum = sum.add(&frame[..8], is_big).add(&frame[FRAME..], is_big);
            // The following frames are from an earlier round, or were never complete.
            if frame[8..16] != header[16..24] || !sum.stands_in(&frame[16..24]) {
                break;
            }
            written.push((long(&frame, 0).unwrap_or(0), at + FRAME as u64));
            if let Some(count @ 1..) = long(&frame, 4) {
                places.extend(written.drain(..));
                pages = count;
            }
            at += (FRAME + PAGE) as u64;
        }
        Ok((pages > 0).then_some(Self {
            file,
            places,
            pages,
        }))
    }

    /// Returns a page if the log has it.
    pub(super) fn page(&mut self, page: u32) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self.places.get(&page) else {
            return Ok(None);
        };
        self.file.seek(SeekFrom::Start(*place))?;
        let mut bytes = vec![0; PAGE];
        Ok(fill(&mut &self.file, &mut bytes)?.then_some(bytes))
    }
}

/// Fills `bytes` from the file, and returns whether there were enough bytes.
pub(super) fn fill(file: &mut impl io::Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}
