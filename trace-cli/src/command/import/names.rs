//! A file of new names for old ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use behavior_trace::import::Names;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::settings::line_of;

/// Mapping of names, as a file has it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct NamesFile {
    /// Puts the resource before a verb where no pair applies.
    #[serde(default = "yes")]
    rule: bool,
    #[serde(default)]
    name: Vec<Pair>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Pair {
    action: String,
    resource: Option<String>,
    new_action: String,
    new_resource: String,
}

const fn yes() -> bool {
    true
}

impl Default for NamesFile {
    fn default() -> Self {
        Self {
            rule: true,
            name: Vec::new(),
        }
    }
}

impl NamesFile {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let refused = |why: String| Failure::usage(format!("--names: {}{why}", path.display()));
        let text = fs::read_to_string(path)
            .map_err(|error| refused(format!(" cannot be read: {error}")))?;
        let read: Result<Self, toml::de::Error> = toml::from_str(&text);
        let file = read.map_err(|error| {
            let line = line_of(&error, &text);
            refused(format!("{line}: {}", error.message()))
        })?;
        file.check().map_err(|why| refused(format!(": {why}")))?;
        Ok(file)
    }

    /// Fails with a name that cannot be meant.
    fn check(&self) -> Result<(), String> {
        let mut olds = BTreeSet::new();
        for pair in &self.name {
            if !olds.insert((&pair.action, &pair.resource)) {
                let resource = pair.resource.as_deref().unwrap_or("no resource");
                return Err(format!(
                    "`{}` of {resource} has two new names; keep one",
                    pair.action
                ));
            }
        }
        self.names().check().map_err(|error| error.to_string())
    }

    pub(super) fn names(&self) -> Names {
        let names = if self.rule {
            Names::default()
        } else {
            Names::kept()
        };
        self.name.iter().fold(names, |names, pair| {
            let old = (&*pair.action, pair.resource.as_deref());
            names.pair(old, (&pair.new_action, &pair.new_resource))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NamesFile, String> {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("names.toml");
        fs::write(&path, text).expect("written");
        NamesFile::read(&path).map_err(|failure| failure.to_string())
    }

    #[test]
    fn pairs_go_before_the_rule_which_can_be_left_out() {
        let pair =
            "[[name]]\naction = 'report_run'\nnew_action = 'report.run'\nnew_resource = 'Report'\n";
        let new = |action: &str, resource: &str| Some((action.to_owned(), resource.to_owned()));
        let names = read(pair).expect("sound").names();
        assert_eq!(names.map("report_run", None), new("report.run", "Report"));
        assert_eq!(
            names.map("update", Some("user")),
            new("user.update", "User")
        );
        let names = read(&format!("rule = false\n{pair}"))
            .expect("sound")
            .names();
        assert_eq!(names.map("report_run", None), new("report.run", "Report"));
        assert_eq!(names.map("update", Some("user")), None);
        let empty = read("").expect("sound");
        assert_eq!(empty, NamesFile::default());
    }

    #[test]
    fn a_mistake_is_named_with_the_file() {
        let pair = |new_action: &str| {
            format!("[[name]]\naction = 'a'\nnew_action = '{new_action}'\nnew_resource = 'A'\n")
        };
        for (text, part) in [
            ("rule = 'no'".to_owned(), "names.toml line 1"),
            (
                "[[names]]\naction = 'a'".to_owned(),
                "unknown field `names`",
            ),
            (pair("report run"), "`report run` cannot be a new name"),
            (
                format!("{}{}", pair("a.b"), pair("a.c")),
                "`a` of no resource has two new names",
            ),
        ] {
            let error = read(&text).expect_err(&text);
            assert!(
                error.starts_with("--names: ") && error.contains(part),
                "{error}"
            );
        }
    }
}
