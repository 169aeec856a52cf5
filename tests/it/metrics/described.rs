//! A recorder of metrics that keeps the descriptions alone.

use std::collections::BTreeMap;
use std::sync::Mutex;

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

/// Kind, unit and text of a description.
pub(super) type Description = (&'static str, Option<Unit>, String);

#[derive(Debug, Default)]
struct Descriptions(Mutex<BTreeMap<String, Description>>);

impl Descriptions {
    fn add(&self, kind: &'static str, key: &KeyName, unit: Option<Unit>, text: &SharedString) {
        let mut all = self.0.lock().expect("no test panics while it adds");
        let before = all.insert(key.as_str().to_owned(), (kind, unit, text.to_string()));
        assert_eq!(before, None, "{} is described twice", key.as_str());
    }
}

impl Recorder for Descriptions {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add("counter", &key, unit, &text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add("gauge", &key, unit, &text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add("histogram", &key, unit, &text);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Returns what `describe` describes, by name.
pub(super) fn described() -> BTreeMap<String, Description> {
    let descriptions = Descriptions::default();
    with_local_recorder(&descriptions, behavior_trace::metrics::describe);
    let all = descriptions.0.into_inner();
    all.expect("no test panics while it adds")
}
