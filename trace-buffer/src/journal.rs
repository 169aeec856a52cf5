//! A journal of the stores of a test's thread, so that a kill can be played at each of them.

use std::cell::RefCell;

/// One store: its offset, its bytes, and whether it is a word in its order.
pub(crate) type Store = (usize, Vec<u8>, bool);

thread_local! {
    static JOURNAL: RefCell<Option<Vec<Store>>> = const { RefCell::new(None) };
}

pub(crate) fn note(at: usize, bytes: &[u8], is_ordered: bool) {
    JOURNAL.with_borrow_mut(|journal| {
        if let Some(journal) = journal {
            journal.push((at, bytes.to_vec(), is_ordered));
        }
    });
}

/// Runs `work`, and returns the stores of this thread meanwhile.
pub(crate) fn stores(work: impl FnOnce()) -> Vec<Store> {
    JOURNAL.set(Some(Vec::new()));
    work();
    JOURNAL.take().unwrap_or_default()
}

/// Returns the number of stores so far, within `stores`.
pub(crate) fn count() -> usize {
    JOURNAL.with_borrow(|journal| journal.as_ref().map_or(0, Vec::len))
}
