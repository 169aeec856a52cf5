//! A cache of the span fields of each callsite, so that names are looked up once.

use std::fmt;
use std::ptr;
use std::sync::{Arc, OnceLock};

use tracing_core::Metadata;

use crate::names::{Meaning, SpanFieldNames};

/// The names, and the cached result of each callsite.
pub(crate) struct Meanings {
    names: SpanFieldNames,
    met: [OnceLock<Met>; SLOTS],
}

/// Number of slots. All spans of the process are looked up here, most without context fields. A slot seldom has more than a
/// few callsites.
const SLOTS: usize = if cfg!(test) { 64 } else { 256 };

struct Met {
    metadata: &'static Metadata<'static>,
    by_index: Box<[Option<Meaning>]>,
    /// The next callsite in this slot.
    next: Box<OnceLock<Self>>,
}

/// The layer that read a span, identified by the address of its `Meanings` for as long as they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadBy(usize);

impl ReadBy {
    pub(crate) fn of(meanings: &Arc<Meanings>) -> Self {
        Self(Arc::as_ptr(meanings).addr())
    }
}

impl Meanings {
    pub(crate) fn new(names: SpanFieldNames) -> Self {
        Self {
            names,
            met: [const { OnceLock::new() }; SLOTS],
        }
    }

    /// Returns whether spans of this callsite have context fields. This runs for each new span, so cached callsites need no
    /// lookup by name.
    #[inline]
    pub(crate) fn any_in(&self, metadata: &Metadata<'_>) -> bool {
        let mut place = &self.met[slot(metadata)];
        while let Some(met) = place.get() {
            if ptr::addr_eq(met.metadata, metadata) {
                return !met.by_index.is_empty();
            }
            place = &met.next;
        }
        self.names.any_in(metadata)
    }

    /// Returns the mapping of each field of this callsite by its index; empty if its spans have no context fields.
    #[inline]
    pub(crate) fn of(&self, metadata: &'static Metadata<'static>) -> &[Option<Meaning>] {
        let mut place = &self.met[slot(metadata)];
        loop {
            let met = place.get_or_init(|| self.meet(metadata));
            if ptr::eq(met.metadata, metadata) {
                return &met.by_index;
            }
            place = &met.next;
        }
    }

    #[cold]
    fn meet(&self, metadata: &'static Metadata<'static>) -> Met {
        let meanings = metadata.fields().iter();
        let meanings = meanings.map(|field| self.names.get(field.name()).copied());
        let says_something = self.names.any_in(metadata);
        Met {
            metadata,
            by_index: meanings.take_while(|_| says_something).collect(),
            next: Box::default(),
        }
    }
}

/// Returns the slot of a callsite. Metadata are statics of one size, so neighbours get neighbouring slots.
fn slot(metadata: &Metadata<'_>) -> usize {
    ptr::from_ref(metadata).addr() / size_of::<Metadata<'static>>() % SLOTS
}

impl fmt::Debug for Meanings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use tracing::{info_span, subscriber::with_default};
    use tracing_subscriber::registry;

    use super::*;

    /// Creates one span per name and returns their callsites.
    macro_rules! callsites {
        ($($name:literal)*) => {
            [$(info_span!($name, other = 0, request_id = 1)),*].map(|span| span.metadata())
        };
    }

    #[test]
    fn every_callsite_finds_its_names_also_where_slots_are_shared() {
        let meanings = Meanings::new(SpanFieldNames::default());
        // Four more than there are slots.
        let callsites = with_default(registry(), || {
            callsites! {
                "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15" "16"
                "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31" "32" "33"
                "34" "35" "36" "37" "38" "39" "40" "41" "42" "43" "44" "45" "46" "47" "48" "49" "50"
                "51" "52" "53" "54" "55" "56" "57" "58" "59" "60" "61" "62" "63" "64" "65" "66" "67"
            }
        });
        let unmet = Meanings::new(SpanFieldNames::default());
        // The second round reads the cache.
        for metadata in [callsites, callsites].into_iter().flatten().flatten() {
            let request_id = meanings.names.get("request_id").copied();
            assert_eq!(meanings.of(metadata), [None, request_id]);
            assert!(meanings.any_in(metadata) && unmet.any_in(metadata));
        }
        let silent = with_default(registry(), || info_span!("silent", other = 0).metadata());
        let silent = silent.expect("enabled");
        assert!(!meanings.any_in(silent));
        assert_eq!(meanings.of(silent), []);
        assert!(!meanings.any_in(silent));
        assert_eq!(callsites.iter().flatten().count(), SLOTS + 4);
    }
}
