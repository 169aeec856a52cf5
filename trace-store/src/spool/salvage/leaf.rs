//! Rows of a single page, decoded by SQLite's file format, for pages that SQLite itself no longer finds.
//!
//! No value is trusted: a cell whose length does not fit is no row.

/// Page size of every spool file.
pub(super) const PAGE: usize = 4096;
/// Minimum number of bytes that a page keeps of a row that continues on other pages.
const LEAST: usize = (PAGE - 12) * 32 / 255 - 23;
/// Maximum number of bytes that a page keeps of a row.
const MOST: usize = PAGE - 35;
/// Maximum number of rows on a page: a row takes at least four bytes, and two for its offset.
const CELLS: usize = PAGE / 6;
/// First byte of a page that holds rows of a table, and of the other kinds of pages of tables and indexes.
const LEAF: u8 = 13;
const OTHERS: [u8; 3] = [2, 5, 10];

/// A table of the spool file. The columns of a row show the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SalvagedTable {
    Spool,
    DeadLetter,
}

/// A row of one of these tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SalvagedRow {
    pub(super) seq: i64,
    pub(super) buried_at: Vec<u8>,
    pub(super) reason: Vec<u8>,
    pub(super) row: Vec<u8>,
}

/// Result of decoding a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PageRecord {
    Ours(SalvagedTable, SalvagedRow),
    /// A row of another table.
    Other,
    Broken,
}

/// Content of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Rows(Vec<Option<PageCell>>),
    /// References to pages, or keys of an index.
    Others,
    Unreadable,
}

/// A row as it is on its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageCell {
    pub(super) seq: i64,
    /// All bytes of the row, or the first part.
    begin: Vec<u8>,
    size: usize,
    /// Page with the next bytes; 0 if there are none.
    next: u32,
}

/// Decodes a page. The first page has the file's header before its content.
pub(super) fn content(page: &[u8], is_first: bool) -> Content {
    let begin = if is_first { 100 } else { 0 };
    match page.get(begin) {
        Some(&LEAF) => match short(page, begin + 3) {
            Some(count) if count <= CELLS => {
                let places = (0..count).map(|cell| short(page, begin + 8 + 2 * cell));
                Content::Rows(places.map(|place| cell(page, place?)).collect())
            }
            _ => Content::Unreadable,
        },
        Some(kind) if OTHERS.contains(kind) => Content::Others,
        _ => Content::Unreadable,
    }
}

/// Reads a number of two bytes.
fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes).into())
}

/// Reads a number of four bytes.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}

fn cell(page: &[u8], at: usize) -> Option<PageCell> {
    let mut rest = page.get(at..)?;
    let size = usize::try_from(varint(&mut rest)?).ok()?;
    let seq = varint(&mut rest)?.cast_signed();
    let mut here = size;
    let mut next = 0;
    if size > MOST {
        let fitting = LEAST + (size - LEAST) % (PAGE - 4);
        here = if fitting <= MOST { fitting } else { LEAST };
        next = long(rest, here)?;
    }
    let begin = rest.get(..here)?.to_vec();
    Some(PageCell {
        seq,
        begin,
        size,
        next,
    })
}

/// Reads a number of one to nine bytes and removes it from the front.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for at in 0..9 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            return Some(number << 8 | u64::from(*first));
        }
        number = number << 7 | u64::from(first & 0x7f);
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

impl PageCell {
    /// Reads the whole row, including the pages on which it continues.
    pub(super) fn read<E>(
        self,
        mut page: impl FnMut(u32) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<PageRecord, E> {
        let Self {
            seq,
            mut begin,
            size,
            mut next,
        } = self;
        while begin.len() < size {
            let Some(bytes) = page(next)? else {
                return Ok(PageRecord::Broken);
            };
            let here = (size - begin.len()).min(PAGE - 4);
            let (Some(content), Some(after)) = (bytes.get(4..4 + here), long(&bytes, 0)) else {
                return Ok(PageRecord::Broken);
            };
            begin.extend_from_slice(content);
            next = after;
        }
        Ok(row(seq, &begin))
    }
}

/// Decodes a record. In the spool's tables the first column is the row's number, which is not stored in the record; the
/// other columns are texts. Other tables begin with a text.
fn row(seq: i64, record: &[u8]) -> PageRecord {
    let Some((is_numbered, texts)) = texts(record) else {
        return PageRecord::Broken;
    };
    let own = |text: &[u8]| text.to_vec();
    match (is_numbered, &*texts) {
        (false, _) => PageRecord::Other,
        (true, [row]) => PageRecord::Ours(
            SalvagedTable::Spool,
            SalvagedRow {
                seq,
                row: own(row),
                ..SalvagedRow::default()
            },
        ),
        (true, [buried_at, reason, row]) => PageRecord::Ours(
            SalvagedTable::DeadLetter,
            SalvagedRow {
                seq,
                buried_at: own(buried_at),
                reason: own(reason),
                row: own(row),
            },
        ),
        _ => PageRecord::Broken,
    }
}

/// Returns whether the first column is omitted, and if so, the texts after it.
fn texts(record: &[u8]) -> Option<(bool, Vec<&[u8]>)> {
    let mut rest = record;
    let length = usize::try_from(varint(&mut rest)?).ok()?;
    let mut types = record.get(record.len() - rest.len()..length)?;
    let mut content = record.get(length..)?;
    if varint(&mut types)? != 0 {
        return Some((false, Vec::new()));
    }
    let mut texts = Vec::new();
    while !types.is_empty() {
        let length = usize::try_from(varint(&mut types)?.checked_sub(12)? / 2).ok()?;
        let (text, after) = content.split_at_checked(length)?;
        texts.push(text);
        content = after;
    }
    content.is_empty().then_some((true, texts))
}
