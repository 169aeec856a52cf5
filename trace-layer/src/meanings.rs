//! What the fields of spans mean, looked up by name once for each callsite.

use std::fmt;
use std::ptr;
use std::sync::{Arc, OnceLock};

use tracing_core::{Metadata, field};

use crate::names::{Meaning, SpanNames};

/// The names, and what was found for the callsites that were met.
pub(crate) struct Meanings {
    names: SpanNames,
    met: [OnceLock<Met>; CALLSITES],
}

/// Spans of the context are made in few places. The first callsite to take a slot keeps it; one that finds its slot taken
/// is looked up by name each time.
const CALLSITES: usize = 64;

struct Met {
    metadata: &'static Metadata<'static>,
    by_index: Box<[Option<Meaning>]>,
}

/// Which layer read what a span says: the one whose meanings these are, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadBy(usize);

impl ReadBy {
    pub(crate) fn of(meanings: &Arc<Meanings>) -> Self {
        Self(Arc::as_ptr(meanings).addr())
    }
}

/// What the fields of one span mean.
pub(crate) enum SpanMeanings<'a> {
    ByIndex(&'a [Option<Meaning>]),
    ByName(&'a SpanNames),
}

impl Meanings {
    pub(crate) fn new(names: SpanNames) -> Self {
        Self {
            names,
            met: [const { OnceLock::new() }; CALLSITES],
        }
    }

    /// Whether spans of this callsite say anything.
    pub(crate) fn any_in(&self, metadata: &Metadata<'_>) -> bool {
        self.names.any_in(metadata)
    }

    /// Of a span whose callsite is known.
    pub(crate) fn of(&self, metadata: &'static Metadata<'static>) -> SpanMeanings<'_> {
        let met = self.met[slot(metadata)].get_or_init(|| Met {
            metadata,
            by_index: metadata
                .fields()
                .iter()
                .map(|field| self.names.get(field.name()).copied())
                .collect(),
        });
        if ptr::eq(met.metadata, metadata) {
            SpanMeanings::ByIndex(&met.by_index)
        } else {
            SpanMeanings::ByName(&self.names)
        }
    }
}

/// Metadata are statics of one size: neighbours get neighbouring slots.
fn slot(metadata: &'static Metadata<'static>) -> usize {
    ptr::from_ref(metadata).addr() / size_of::<Metadata<'static>>() % CALLSITES
}

impl SpanMeanings<'_> {
    pub(crate) fn get(&self, field: &field::Field) -> Option<&Meaning> {
        match self {
            Self::ByIndex(meanings) => meanings.get(field.index())?.as_ref(),
            Self::ByName(names) => names.get(field.name()),
        }
    }
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

    /// The callsites of so many different spans.
    macro_rules! callsites {
        ($($name:literal)*) => {
            [$(info_span!($name, other = 0, request_id = 1)),*].map(|span| span.metadata())
        };
    }

    #[test]
    fn every_callsite_finds_its_names_also_where_slots_are_shared() {
        let meanings = Meanings::new(SpanNames::default());
        // More than there are slots.
        let callsites = with_default(registry(), || {
            callsites! {
                "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15" "16"
                "17" "18" "19" "20" "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31" "32" "33"
                "34" "35" "36" "37" "38" "39" "40" "41" "42" "43" "44" "45" "46" "47" "48" "49" "50"
                "51" "52" "53" "54" "55" "56" "57" "58" "59" "60" "61" "62" "63" "64" "65" "66" "67"
            }
        });
        let mut by_name = 0;
        for metadata in callsites.into_iter().flatten() {
            let known = meanings.of(metadata);
            by_name += usize::from(matches!(known, SpanMeanings::ByName(_)));
            let said: Vec<_> = metadata
                .fields()
                .iter()
                .map(|field| known.get(&field))
                .collect();
            let request_id = meanings.names.get("request_id");
            assert_eq!(said, [None, request_id]);
        }
        assert!(by_name >= callsites.len() - CALLSITES, "{by_name}");
        assert_eq!(callsites.iter().flatten().count(), 68);
    }
}
