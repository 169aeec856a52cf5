//! The pages of a damaged file: where they are, and what they were for.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;

use super::super::damage::with_suffix;
use super::leaf::{self, Content, PAGE, PageCell, PageRecord, SalvagedRow, SalvagedTable, long};
use super::log::{Log, fill};

/// Every so many pages there is one that says what the others are for.
const MAPPED: u32 = 819;
/// The smallest row there is, for the most that a page can have held.
const SMALLEST: usize = 200;
const ROWS: usize = PAGE / SMALLEST;

/// The pages of a file and of its log.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    log: Option<Log>,
    count: u32,
    /// What each page is for, by the words of the pages that say so; 0 where that is not known.
    uses: Vec<u8>,
    /// Pages that lead to others.
    parents: HashSet<u32>,
}

/// What a page came to.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) rows: Vec<(SalvagedTable, SalvagedRow)>,
    pub(super) is_unreadable: bool,
    /// Rows that it may have held and that cannot be read.
    pub(super) may_lack: usize,
}

/// What a page can be for.
const ROOT: u8 = 1;
const FREE: u8 = 2;
const OVERFLOW: [u8; 2] = [3, 4];
const TREE: u8 = 5;

impl Pages {
    /// Opens a file that nobody writes to.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let log = Log::open(&with_suffix(path, "-wal"))?;
        let file = File::open(path)?;
        let in_file =
            u32::try_from(file.metadata()?.len().div_ceil(PAGE as u64)).unwrap_or(u32::MAX);
        let mut pages = Self {
            file,
            count: u32::MAX,
            log,
            uses: Vec::new(),
            parents: HashSet::new(),
        };
        let first = pages.page(1)?.unwrap_or_default();
        let told = long(&first, 28);
        pages.count = match &pages.log {
            Some(log) => log.pages,
            // A header that tells of many more is damaged.
            None => told
                .unwrap_or(0)
                .clamp(in_file, in_file.saturating_add(MAPPED)),
        };
        let is_mapped = long(&first, 52).is_some_and(|root| root > 0);
        pages.learn(is_mapped)?;
        Ok(pages)
    }

    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    fn page(&mut self, page: u32) -> io::Result<Option<Vec<u8>>> {
        if page == 0 || page > self.count {
            return Ok(None);
        }
        if let Some(log) = &mut self.log
            && let Some(found) = log.page(page)?
        {
            return Ok(Some(found));
        }
        let place = u64::from(page - 1) * PAGE as u64;
        self.file.seek(SeekFrom::Start(place))?;
        let mut bytes = vec![0; PAGE];
        Ok(fill(&mut &self.file, &mut bytes)?.then_some(bytes))
    }

    /// Learns what the pages are for. All files of ours say so, from page 2 on; of page 3 that it is a root.
    fn learn(&mut self, is_told: bool) -> io::Result<()> {
        self.uses = vec![0; self.count as usize + 1];
        let second = self.page(2)?.unwrap_or_default();
        if !is_told && !second.starts_with(&[ROOT, 0, 0, 0, 0]) {
            return Ok(());
        }
        for map in (2..=self.count).step_by(MAPPED as usize + 1) {
            // It leads nowhere and holds no row.
            self.uses[map as usize] = FREE;
            let Some(bytes) = self.page(map)? else {
                continue;
            };
            for (page, entry) in
                (map + 1..=self.count).zip(bytes.chunks_exact(5).take(MAPPED as usize))
            {
                self.uses[page as usize] = entry[0];
                if entry[0] == TREE {
                    self.parents.extend(long(entry, 1));
                }
            }
        }
        Ok(())
    }

    /// Whether the list of free pages names such alone as the map calls free, each once. A page that it names though rows are
    /// on it is written over.
    pub(super) fn lists_free_alone(&mut self) -> io::Result<bool> {
        if self.uses.iter().all(|usage| *usage == 0) {
            // There is no map.
            return Ok(true);
        }
        let first = self.page(1)?.unwrap_or_default();
        let mut next = long(&first, 32).unwrap_or(0);
        let mut listed = HashSet::new();
        while next > 0 {
            let Some(list) = self.page(next)? else {
                return Ok(false);
            };
            let count = long(&list, 4).map_or(usize::MAX, |count| count as usize);
            let Some(named) = list
                .get(8..)
                .and_then(|rest| rest.get(..count.checked_mul(4)?))
            else {
                return Ok(false);
            };
            let named = named.chunks_exact(4).filter_map(|page| long(page, 0));
            for page in named.chain([next]) {
                let is_map = page >= 2 && (page - 2).is_multiple_of(MAPPED + 1);
                let is_free = self.uses.get(page as usize) == Some(&FREE) && !is_map;
                if !is_free || !listed.insert(page) {
                    return Ok(false);
                }
            }
            next = long(&list, 0).unwrap_or(0);
        }
        Ok(true)
    }

    /// Reads the rows on a page. An error is none of the file's.
    pub(super) fn read(&mut self, page: u32) -> io::Result<Reading> {
        let usage = self.uses.get(page as usize).copied().unwrap_or(0);
        let mut reading = Reading::default();
        if usage == FREE || OVERFLOW.contains(&usage) {
            return Ok(reading);
        }
        let bytes = self.page(page)?.unwrap_or_default();
        match leaf::content(&bytes, page == 1) {
            Content::Rows(cells) => self.rows(cells, &mut reading)?,
            Content::Others => {}
            Content::Unreadable => {
                let is_tree = usage == ROOT || usage == TREE;
                reading.is_unreadable = is_tree || page == 1;
                if is_tree && !self.parents.contains(&page) {
                    reading.may_lack = ROWS;
                }
            }
        }
        reading.is_unreadable |= page == 1 && !bytes.starts_with(b"SQLite format 3\0");
        Ok(reading)
    }

    fn rows(&mut self, cells: Vec<Option<PageCell>>, reading: &mut Reading) -> io::Result<()> {
        for cell in cells {
            let read = match cell {
                Some(cell) => {
                    // A chain that leads back into itself ends too.
                    let mut left = self.count;
                    cell.read(|page| {
                        left = left.saturating_sub(1);
                        self.page(if left > 0 { page } else { 0 })
                    })?
                }
                None => PageRecord::Broken,
            };
            match read {
                PageRecord::Ours(table, found) => reading.rows.push((table, found)),
                PageRecord::Other => {}
                PageRecord::Broken => reading.may_lack += 1,
            }
        }
        reading.may_lack = reading.may_lack.min(ROWS);
        Ok(())
    }
}
