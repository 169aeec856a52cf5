//! Pages of a damaged file: their location and their use.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;

use super::super::damage::with_suffix;
use super::leaf::{self, Content, PAGE, PageCell, PageRecord, SalvagedRow, SalvagedTable, long};
use super::log::{Log, fill};

/// Returns whether SQLite cannot have written the list of the file's free pages, as far as it can be read.
pub(in crate::spool) fn has_odd_free_list(path: &Path) -> bool {
    let is_sound = Pages::open(path).and_then(|mut pages| pages.lists_free_alone());
    is_sound.is_ok_and(|is_sound| !is_sound)
}

/// Number of pages that one page of the map describes.
const MAPPED: u32 = 819;
/// Minimum size of a row, from which the maximum number of rows on a page follows.
const SMALLEST: usize = 200;
const ROWS: usize = PAGE / SMALLEST;

/// Pages of a file and of its log.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    log: Option<Log>,
    count: u32,
    /// Use of each page according to the map; 0 if unknown.
    uses: Vec<u8>,
    /// Pages that refer to others.
    parents: HashSet<u32>,
}

/// Result of reading a page.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) rows: Vec<(SalvagedTable, SalvagedRow)>,
    pub(super) is_unreadable: bool,
    /// Number of unreadable rows that the page may have held.
    pub(super) may_lack: usize,
}

/// Uses of a page, as the map encodes them.
const ROOT: u8 = 1;
const FREE: u8 = 2;
const OVERFLOW: [u8; 2] = [3, 4];
const TREE: u8 = 5;

impl Pages {
    /// Opens a file that no process writes to.
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
            // A header that claims many more pages is damaged.
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

    /// Reads the use of each page from the map. Every spool file has a map from page 2 on, which describes page 3 as a root.
    fn learn(&mut self, is_told: bool) -> io::Result<()> {
        self.uses = vec![0; self.count as usize + 1];
        let second = self.page(2)?.unwrap_or_default();
        if !is_told && !second.starts_with(&[ROOT, 0, 0, 0, 0]) {
            return Ok(());
        }
        for map in (2..=self.count).step_by(MAPPED as usize + 1) {
            // A page of the map refers to no page and holds no row.
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

    /// Returns whether the list of free pages names only pages that the map calls free, each once. SQLite would overwrite a
    /// listed page even if it holds rows.
    pub(super) fn lists_free_alone(&mut self) -> io::Result<bool> {
        if self.uses.iter().all(|usage| *usage == 0) {
            // The file has no map.
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

    /// Reads the rows on a page. An error concerns the access to the file, not its content.
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
                    // The counter also ends a chain that refers back to itself.
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
