//! One call site in the file.

use serde_json::Value;

use crate::callsite::Callsite;

/// The names of a call site, in the order of the file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    action: &'static str,
    resource: &'static str,
    package: &'static str,
    module: &'static str,
    function: Option<&'static str>,
    fields: Vec<&'static str>,
}

impl Entry {
    pub(super) fn of(callsite: &Callsite) -> Self {
        let mut fields = callsite.fields().to_vec();
        fields.sort_unstable();
        Self {
            action: callsite.action(),
            resource: callsite.resource(),
            package: callsite.package(),
            module: callsite.module(),
            function: callsite.function(),
            fields,
        }
    }

    /// Returns the entry as JSON in one line. A map of `serde_json` would have another order of keys in a program that
    /// enables its feature `preserve_order`.
    pub(super) fn line(&self) -> String {
        let pairs = [
            ("action", Value::from(self.action)),
            ("resource", Value::from(self.resource)),
            ("package", Value::from(self.package)),
            ("module", Value::from(self.module)),
            ("function", Value::from(self.function)),
            ("fields", Value::from(self.fields.clone())),
        ];
        let pairs = pairs.map(|(key, value)| format!("\"{key}\":{value}"));
        format!("{{{}}}", pairs.join(","))
    }
}
