//! A per-thread copy of a span's fields, for repeated reads without the registry.

use std::cell::RefCell;
use std::sync::Arc;

use behavior_trace_core::Fields;
use tracing_core::span::Id;

use super::said::{Outdated, Said};
use crate::meanings::{Meanings, ReadBy};

/// Maximum size of a copy in bytes, so that one long text does not occupy memory in every thread for good.
const MOST: usize = 1024;

/// The cache of a thread.
struct Memory {
    /// The last read. Only a span read twice in a row is worth a copy: most requests record one event.
    asked: Option<(Id, ReadBy)>,
    copy: Option<Copy>,
}

struct Copy {
    span: Id,
    /// Kept alive, so that no other layer can get its address.
    by: Arc<Meanings>,
    outdated: Arc<Outdated>,
    fields: Fields,
}

impl Copy {
    fn is_of(&self, span: &Id, by: ReadBy) -> bool {
        self.span == *span && ReadBy::of(&self.by) == by && !self.outdated.is_set()
    }
}

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory { asked: None, copy: None }) };
}

/// Adds the fields of a span if this thread has a copy of it. Returns whether it had one.
pub(super) fn recall(span: &Id, by: ReadBy, fields: &mut Fields) -> bool {
    let recalled = MEMORY.try_with(|memory| {
        let memory = memory.borrow();
        let copy = memory.copy.as_ref().filter(|copy| copy.is_of(span, by))?;
        fields.merge(&copy.fields);
        Some(())
    });
    matches!(recalled, Ok(Some(())))
}

/// Copies the fields of a span if this thread reads it for the second time in a row.
///
/// The caller must ensure that the span can neither end nor record more meanwhile.
pub(super) fn remember(span: &Id, by: &Arc<Meanings>, said: &Said) {
    let _ = MEMORY.try_with(|memory| memory.borrow_mut().ask(span, by, said));
}

impl Memory {
    fn ask(&mut self, span: &Id, by: &Arc<Meanings>, said: &Said) {
        let asked = Some((span.clone(), ReadBy::of(by)));
        if self.asked == asked {
            self.keep(span, by, said);
        } else {
            self.asked = asked;
        }
    }

    #[cold]
    fn keep(&mut self, span: &Id, by: &Arc<Meanings>, said: &Said) {
        if said.fields().as_bytes().len() > MOST {
            return;
        }
        let mut fields = self.copy.take().map(|copy| copy.fields).unwrap_or_default();
        fields.clear();
        fields.merge(said.fields());
        self.copy = Some(Copy {
            span: span.clone(),
            by: by.clone(),
            outdated: said.copied(),
            fields,
        });
    }
}
