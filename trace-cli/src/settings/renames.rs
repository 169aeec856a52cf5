//! Listed renames: names of actions that may vanish from a catalogue, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use serde::Deserialize;

/// The table `[renames]` of a file of settings. A key is the old name: an action, or an action and a resource with a blank
/// between them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Renames(BTreeMap<String, Rename>);

/// An old name: what became of it, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    /// The new name, or several; `None` for a name that was removed, or kept without some fields.
    to: Option<NewNames>,
    /// Fields that are no longer recorded.
    #[serde(default)]
    fields: Vec<String>,
    reason: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a new name or a list of new names")]
enum NewNames {
    One(String),
    Many(Vec<String>),
}

impl NewNames {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// A name under which rows are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
}

impl Renames {
    /// Checks what the form alone does not.
    pub(super) fn check(&self) -> Result<(), String> {
        for (old, rename) in &self.0 {
            if rename.reason.trim().is_empty() {
                return Err(format!(
                    "the rename of `{old}` has an empty `reason`; write why it breaks nothing"
                ));
            }
            let new = rename.to.as_ref().map_or(&[][..], NewNames::as_slice);
            let mut names = [old].into_iter().chain(new);
            if let Some(name) = names.find(|name| !is_name(name)) {
                return Err(format!(
                    "`{name}` under `[renames]` is no name; write an action such as `order.approve`, or an action and a \
                     resource such as `order.approve Order`"
                ));
            }
        }
        Ok(())
    }

    /// Adds the entries of a file that precedes less.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (name, rename) in &other.0 {
            self.0.entry(name.clone()).or_insert_with(|| rename.clone());
        }
        self
    }

    /// Returns the reason for which a name was removed, or replaced by one that `is_known`.
    pub(crate) fn of_removal(
        &self,
        old: Name<'_>,
        is_known: impl Fn(Name<'_>) -> bool,
    ) -> Option<&str> {
        let rename = self.entry(old)?;
        let is_listed = match rename.to {
            None => rename.fields.is_empty(),
            Some(_) => self.successors(old).into_iter().any(is_known),
        };
        is_listed.then_some(&rename.reason)
    }

    /// Returns the reason for which a name became the other one, also through names between them.
    pub(crate) fn of_rename(&self, old: Name<'_>, new: Name<'_>) -> Option<&str> {
        let rename = self.entry(old)?;
        let is_listed = self.successors(old).contains(&new);
        is_listed.then_some(&rename.reason)
    }

    /// Returns the reason for which a name is recorded without these fields.
    pub(crate) fn of_fields(&self, old: Name<'_>, vanished: &[String]) -> Option<&str> {
        let rename = self.entry(old)?;
        let is_listed = vanished.iter().all(|field| rename.fields.contains(field));
        is_listed.then_some(&rename.reason)
    }

    /// Returns the entry of a name. One with the resource precedes one of the action alone.
    fn entry(&self, name: Name<'_>) -> Option<&Rename> {
        let in_full = format!("{} {}", name.action, name.resource);
        self.0.get(&in_full).or_else(|| self.0.get(name.action))
    }

    /// Returns the names that a name became, one after the other.
    fn successors<'a>(&'a self, old: Name<'a>) -> BTreeSet<Name<'a>> {
        let mut found = BTreeSet::new();
        let mut open = vec![old];
        while let Some(name) = open.pop() {
            let to = self.entry(name).and_then(|rename| rename.to.as_ref());
            for new in to.map_or(&[][..], NewNames::as_slice) {
                let (action, resource) = new.split_once(' ').unwrap_or((new, name.resource));
                let new = Name { action, resource };
                if found.insert(new) {
                    open.push(new);
                }
            }
        }
        found
    }
}

fn is_name(text: &str) -> bool {
    let parts: Vec<_> = text.split(' ').collect();
    matches!(parts.len(), 1 | 2) && parts.iter().all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renames(text: &str) -> Renames {
        toml::from_str(text).expect("sound renames")
    }

    fn name(text: &'static str) -> Name<'static> {
        let (action, resource) = text.split_once(' ').expect("both");
        Name { action, resource }
    }

    #[test]
    fn a_rename_is_listed_by_its_action_or_in_full_and_through_names_between() {
        let renames = renames(
            r#"
            "a.one" = { to = "a.two", reason = "first" }
            "a.two" = { to = ["a.three", "b.three B"], reason = "second" }
            "a.one X" = { to = "x.one", reason = "of X" }
            "a.three" = { to = "a.one", reason = "back" }
            "#,
        );
        renames.check().expect("sound");
        let listed = |old, new| renames.of_rename(name(old), name(new));
        assert_eq!(listed("a.one A", "a.two A"), Some("first"));
        assert_eq!(listed("a.one A", "a.three A"), Some("first"));
        assert_eq!(listed("a.two A", "b.three B"), Some("second"));
        assert_eq!(listed("a.one X", "x.one X"), Some("of X"));
        assert_eq!(listed("a.one X", "a.two X"), None);
        assert_eq!(listed("a.two A", "a.two B"), None);
        assert_eq!(listed("b.three B", "a.one B"), None);
    }

    #[test]
    fn a_removal_and_vanished_fields_are_listed_apart() {
        let renames = renames(
            r#"
            "a.gone" = { reason = "sold" }
            "a.thin" = { fields = ["payload", "resource_id"], reason = "unread" }
            "a.moved" = { to = "a.new", reason = "moved" }
            "#,
        );
        let any = |_: Name<'_>| true;
        assert_eq!(renames.of_removal(name("a.gone A"), any), Some("sold"));
        assert_eq!(renames.of_removal(name("a.thin A"), any), None);
        assert_eq!(renames.of_removal(name("a.other A"), any), None);
        let is_new = |new: Name<'_>| new == name("a.new A");
        assert_eq!(renames.of_removal(name("a.moved A"), is_new), Some("moved"));
        assert_eq!(renames.of_removal(name("a.moved A"), |_| false), None);
        let fields =
            |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
        let thin = |names| renames.of_fields(name("a.thin A"), &fields(names));
        assert_eq!(thin(&["payload"]), Some("unread"));
        assert_eq!(thin(&["payload", "actor"]), None);
        assert_eq!(
            renames.of_fields(name("a.gone A"), &fields(&["payload"])),
            None
        );
    }

    #[test]
    fn the_first_file_precedes() {
        let folder = renames(r#""a.one" = { reason = "of the folder" }"#);
        let user = renames(
            r#"
            "a.one" = { reason = "of the user" }
            "a.two" = { reason = "of the user" }
            "#,
        );
        let both = folder.or(&user);
        let reason = |of| both.of_removal(name(of), |_| true);
        assert_eq!(reason("a.one A"), Some("of the folder"));
        assert_eq!(reason("a.two A"), Some("of the user"));
    }

    #[test]
    fn the_renames_of_the_guide_are_sound() {
        let page =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src/testing.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let (_, listed) = page.split_once("[renames]\n").expect("the renames");
        let (listed, _) = listed.split_once("```").expect("the end");
        let renames = renames(listed);
        renames.check().expect("sound");
        assert_eq!(renames.0.len(), 5);
    }

    #[test]
    fn an_empty_reason_or_a_malformed_name_is_refused() {
        for (text, expected) in [
            (r#""a.b" = { reason = " " }"#, "empty `reason`"),
            (r#""a.b  C" = { reason = "x" }"#, "is no name"),
            (r#""a.b" = { to = "", reason = "x" }"#, "is no name"),
            (
                r#""a.b" = { to = ["a.c D e"], reason = "x" }"#,
                "is no name",
            ),
        ] {
            let error = renames(text).check().expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
        for text in [
            r#""a.b" = { to = "a.c" }"#,
            r#""a.b" = { to = 1, reason = "x" }"#,
        ] {
            let read: Result<Renames, _> = toml::from_str(text);
            assert!(read.is_err(), "{text}");
        }
    }
}
