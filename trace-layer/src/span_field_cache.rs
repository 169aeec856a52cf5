//! A cache of the span fields that belong to the context. Each callsite's names are looked up once.

use std::fmt;
use std::ptr;
use std::sync::{Arc, OnceLock};

use tracing_core::Metadata;

use crate::names::{FieldMapping, SpanFieldNames};

/// The names, and the mappings of the callsites so far.
pub(crate) struct SpanFieldCache {
    names: SpanFieldNames,
    callsites: [OnceLock<CachedCallsite>; SLOTS],
}

/// The number of slots. All spans of the process are looked up, but most have no mapping, so a slot seldom has more than a
/// few.
const SLOTS: usize = if cfg!(test) { 64 } else { 256 };

struct CachedCallsite {
    metadata: &'static Metadata<'static>,
    by_index: Box<[Option<FieldMapping>]>,
    /// The next callsite in this slot.
    next: Box<OnceLock<Self>>,
}

/// The identity of the layer that read the fields of a span: the address of its cache, unique while the cache lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerId(usize);

impl LayerId {
    pub(crate) fn of(cache: &Arc<SpanFieldCache>) -> Self {
        Self(Arc::as_ptr(cache).addr())
    }
}

impl SpanFieldCache {
    pub(crate) fn new(names: SpanFieldNames) -> Self {
        Self {
            names,
            callsites: [const { OnceLock::new() }; SLOTS],
        }
    }

    /// Returns whether spans of this callsite have a mapped field.
    ///
    /// It runs for each new span, and does not look up the names of a cached callsite again.
    #[inline]
    pub(crate) fn any_in(&self, metadata: &Metadata<'_>) -> bool {
        let mut entry = &self.callsites[slot(metadata)];
        while let Some(callsite) = entry.get() {
            if ptr::addr_eq(callsite.metadata, metadata) {
                return !callsite.by_index.is_empty();
            }
            entry = &callsite.next;
        }
        self.names.any_in(metadata)
    }

    /// Returns the mapping of each field of this callsite's spans, by index. It is empty if no field has one.
    #[inline]
    pub(crate) fn of(&self, metadata: &'static Metadata<'static>) -> &[Option<FieldMapping>] {
        let mut entry = &self.callsites[slot(metadata)];
        loop {
            let callsite = entry.get_or_init(|| self.look_up(metadata));
            if ptr::eq(callsite.metadata, metadata) {
                return &callsite.by_index;
            }
            entry = &callsite.next;
        }
    }

    #[cold]
    fn look_up(&self, metadata: &'static Metadata<'static>) -> CachedCallsite {
        let names = metadata.fields().iter();
        let mappings = names.map(|field| self.names.get(field.name()).copied());
        let has_any = self.names.any_in(metadata);
        CachedCallsite {
            metadata,
            by_index: mappings.take_while(|_| has_any).collect(),
            next: Box::default(),
        }
    }
}

/// Returns the slot of a callsite. Metadata are statics of one size, so neighbours get neighbouring slots.
fn slot(metadata: &Metadata<'_>) -> usize {
    ptr::from_ref(metadata).addr() / size_of::<Metadata<'static>>() % SLOTS
}

impl fmt::Debug for SpanFieldCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use tracing::{info_span, subscriber::with_default};
    use tracing_subscriber::registry;

    use super::*;

    /// The callsites of spans with these names.
    macro_rules! callsites {
        ($($name:literal)*) => {
            [$(info_span!($name, other = 0, request_id = 1)),*].map(|span| span.metadata())
        };
    }

    #[test]
    fn every_callsite_finds_its_names_also_where_slots_are_shared() {
        let cache = SpanFieldCache::new(SpanFieldNames::default());
        // There are more of them than slots.
        let callsites = with_default(registry(), || {
            callsites! {
                "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15" "16"
                "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31" "32" "33"
                "34" "35" "36" "37" "38" "39" "40" "41" "42" "43" "44" "45" "46" "47" "48" "49" "50"
                "51" "52" "53" "54" "55" "56" "57" "58" "59" "60" "61" "62" "63" "64" "65" "66" "67"
            }
        });
        let unmet = SpanFieldCache::new(SpanFieldNames::default());
        // The second round reads the cache.
        for metadata in [callsites, callsites].into_iter().flatten().flatten() {
            let request_id = cache.names.get("request_id").copied();
            assert_eq!(cache.of(metadata), [None, request_id]);
            assert!(cache.any_in(metadata) && unmet.any_in(metadata));
        }
        let silent = with_default(registry(), || info_span!("silent", other = 0).metadata());
        let silent = silent.expect("enabled");
        assert!(!cache.any_in(silent));
        assert_eq!(cache.of(silent), []);
        assert!(!cache.any_in(silent));
        assert_eq!(callsites.iter().flatten().count(), SLOTS + 4);
    }
}
