//! Files that `behavior_trace::catalogue` wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use behavior_trace::catalogue::SCHEMA;
use serde::Deserialize;

use crate::failure::Failure;
use crate::settings::Name;

/// A catalogue: each call site with the fields that it records. Equal ones with different fields are one with all fields.
#[derive(Debug, Default)]
pub(super) struct Catalogue(pub(super) BTreeMap<Callsite, BTreeSet<String>>);

/// The names of a call site.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Callsite {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) package: String,
    module: String,
    /// `None` for a `record!`.
    pub(super) function: Option<String>,
}

#[derive(Deserialize)]
struct File {
    callsites: Vec<Entry>,
}

/// The part that the files of all schemas have.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    callsite: Callsite,
    fields: Vec<String>,
}

impl Catalogue {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("`{place}` cannot be read: {error}")))?;
        Self::parse(&text).map_err(|error| Failure::failed(format!("`{place}`: {error}")))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let malformed = |error: serde_json::Error| {
            format!("no catalogue ({error}); write it with `behavior_trace::catalogue::write`")
        };
        let Schema { schema } = serde_json::from_str(text).map_err(malformed)?;
        if schema != SCHEMA {
            return Err(format!(
                "the schema is {schema}, and this release reads {SCHEMA}; use the tool of the release that wrote the file"
            ));
        }
        let file: File = serde_json::from_str(text).map_err(malformed)?;
        let mut callsites = BTreeMap::<_, BTreeSet<_>>::new();
        for entry in file.callsites {
            callsites
                .entry(entry.callsite)
                .or_default()
                .extend(entry.fields);
        }
        Ok(Self(callsites))
    }

    /// Returns whether any call site records under this name.
    pub(super) fn has(&self, name: Name<'_>) -> bool {
        self.0.keys().any(|callsite| callsite.name() == name)
    }
}

impl Callsite {
    pub(super) fn name(&self) -> Name<'_> {
        Name {
            action: &self.action,
            resource: &self.resource,
        }
    }

    /// Returns what stays the same when only the name changes.
    pub(super) fn place(&self) -> (&str, &str, Option<&str>) {
        (&self.package, &self.module, self.function.as_deref())
    }

    /// Returns the path, such as `shop::orders::approve`, or `shop::orders::record!`.
    pub(super) fn path(&self) -> String {
        let function = self.function.as_deref().unwrap_or("record!");
        format!("{}::{function}", self.module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_catalogue_is_an_error_with_the_remedy() {
        for (text, expected) in [
            ("", "catalogue::write"),
            ("{\"items\":[]}", "missing field `schema`"),
            ("{\"schema\":2,\"sites\":[]}", "the schema is 2"),
            ("{\"schema\":1}", "missing field `callsites`"),
        ] {
            let error = Catalogue::parse(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn equal_call_sites_are_one_with_the_fields_of_both() {
        let entry = |field: &str| {
            format!(
                r#"{{"action":"a.b","resource":"A","package":"p","module":"p","function":null,"fields":["{field}"]}}"#
            )
        };
        let text = format!(
            r#"{{"schema":1,"callsites":[{},{}]}}"#,
            entry("payload"),
            entry("resource_id")
        );
        let catalogue = Catalogue::parse(&text).expect("a catalogue");
        let fields: Vec<_> = catalogue.0.values().collect();
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].len(), 2);
        let name = Name {
            action: "a.b",
            resource: "A",
        };
        assert!(catalogue.has(name));
    }
}
