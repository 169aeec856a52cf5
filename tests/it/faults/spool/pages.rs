//! The pages of a spool's file by SQLite's file format, and one flipped byte in one of them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

const PAGE: usize = 4096;
/// First byte of a table's interior page, and of its leaf page.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// Kind of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// First bytes of the file.
    Header,
    /// Rows.
    Leaf,
    /// Pointers to the pages with rows.
    Interior,
    /// Free pages.
    FreeList,
    /// Dead letters.
    Letters,
}

pub(super) struct Pages(Vec<u8>);

impl Pages {
    pub(super) fn read(file: &Path) -> Self {
        Self(fs::read(file).expect("readable"))
    }

    pub(super) fn write(&self, file: &Path) {
        fs::write(file, &self.0).expect("writable");
    }

    /// Flips one byte of a page of this kind, in the tables with these roots. Returns the numbers of the rows on the page.
    pub(super) fn flip(&mut self, kind: Kind, spool: usize, letters: usize) -> HashSet<i64> {
        let leaf = |pages: Vec<usize>| pages[pages.len() / 2];
        let (page, byte) = match kind {
            Kind::Header => (1, 0),
            Kind::Leaf => (leaf(self.leaves(spool)), 0),
            Kind::Interior => (spool, 0),
            // This field is the number of pages that the first page of the list names.
            Kind::FreeList => (self.number(32), 4),
            Kind::Letters => (leaf(self.leaves(letters)), 0),
        };
        assert!(page > 0, "no page of this kind");
        assert!(kind != Kind::Interior || self.page(page)[0] == INTERIOR);
        let rows = match kind {
            Kind::Leaf | Kind::Letters => self.rows(page),
            _ => HashSet::new(),
        };
        self.0[(page - 1) * PAGE + byte] ^= 0xff;
        rows
    }

    fn page(&self, number: usize) -> &[u8] {
        &self.0[(number - 1) * PAGE..number * PAGE]
    }

    /// Reads a four-byte number anywhere in the file.
    fn number(&self, at: usize) -> usize {
        let bytes = self.0[at..at + 4].try_into().expect("four bytes");
        usize::try_from(u32::from_be_bytes(bytes)).expect("small")
    }

    /// Returns the pages with a table's rows, in order.
    fn leaves(&self, root: usize) -> Vec<usize> {
        let (page, begin) = (self.page(root), (root - 1) * PAGE);
        match page[0] {
            LEAF => vec![root],
            INTERIOR => {
                let cells = cells(page, 12).map(|cell| self.number(begin + cell));
                let mut children: Vec<_> = cells.collect();
                children.push(self.number(begin + 8));
                children
                    .into_iter()
                    .flat_map(|child| self.leaves(child))
                    .collect()
            }
            other => panic!("page {root} is of the kind {other}"),
        }
    }

    /// Returns the numbers of the rows on a page.
    fn rows(&self, number: usize) -> HashSet<i64> {
        let page = self.page(number);
        let row = |cell| {
            let (_, length) = varint(&page[cell..]);
            varint(&page[cell + length..]).0
        };
        cells(page, 8).map(row).collect()
    }
}

/// Returns the offsets of a page's cells. Their table begins after the `header`.
fn cells(page: &[u8], header: usize) -> impl Iterator<Item = usize> {
    let short = |at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    (0..short(3)).map(move |cell| short(header + 2 * cell))
}

/// Reads a number of one to nine bytes, and returns its length too. Numbers here have at most eight bytes.
fn varint(bytes: &[u8]) -> (i64, usize) {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(8).enumerate() {
        number = number << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return (number, at + 1);
        }
    }
    panic!("a number larger than any of ours");
}
