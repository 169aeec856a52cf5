//! Size of the pages in which tables are read.

use behavior_trace_core::limits::PAYLOAD_BYTES;

/// Size of a page that the next one keeps to.
const PAGE_BYTES: usize = 4 << 20;

/// Rows of a page, by the payloads of the page before. Before the first one, each row counts as large as the largest payload
/// that is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    row_bytes: usize,
}

impl Default for PageSize {
    fn default() -> Self {
        Self {
            row_bytes: PAYLOAD_BYTES,
        }
    }
}

impl PageSize {
    /// Returns the maximum number of rows of the next page, at least 1.
    pub(crate) fn rows(self, max_rows: usize) -> usize {
        let fitting = PAGE_BYTES / self.row_bytes.max(1);
        fitting.clamp(1, max_rows.max(1))
    }

    /// Notes the payloads of a page. An empty one changes nothing.
    pub(crate) fn note<'p>(&mut self, payloads: impl ExactSizeIterator<Item = &'p str>) {
        let rows = payloads.len();
        let bytes: usize = payloads.map(str::len).sum();
        self.row_bytes = bytes.checked_div(rows).unwrap_or(self.row_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_large_rows_has_fewer_of_them() {
        let mut size = PageSize::default();
        assert_eq!(size.rows(1_000), 64);
        for (bytes, rows) in [
            (0, 1_000),
            (500, 1_000),
            (PAYLOAD_BYTES, 64),
            (PAGE_BYTES + 1, 1),
        ] {
            let payload = "x".repeat(bytes);
            size.note([payload.as_str(); 2].into_iter());
            assert_eq!(size.rows(1_000), rows);
            size.note([].into_iter());
            assert_eq!(size.rows(1_000), rows, "an empty page changes nothing");
        }
    }
}
