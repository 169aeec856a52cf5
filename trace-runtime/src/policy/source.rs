//! Sources of rules for the default policy.

use std::fs;
use std::path::PathBuf;

use super::default_policy::DefaultPolicy;
use super::error::PolicyError;

/// Source of rules for the default policy: a text, or a file.
///
/// Rules are separated by commas or lines; a `#` begins a comment.
///
/// | rule | effect |
/// |---|---|
/// | `user.update=facts`, `user.*=facts` | the level of an action, or of all actions with this prefix |
/// | `resource:Draft=off`, `resource:Billing*=facts` | the level of a resource, or of all resources with this prefix |
/// | `*=facts` | the level of names without a rule; `payload` by default |
/// | `mask:salary` | masks the values under this name too |
///
/// Levels are `off`, `facts` and `payload`. The most specific pattern applies. If the action and the resource both have a
/// rule, the stricter one applies. Of two rules for one pattern, the last applies.
///
/// `PolicySource::from` reads a text of `file:` and a path as a file, and any other text as rules.
///
/// ```
/// use behavior_trace::policy::PolicySource;
///
/// let policy = PolicySource::from("user.*=facts, import.*=off, resource:Draft=off").read()?;
/// let error = PolicySource::from("user.*=fact").read().unwrap_err();
/// assert!(error.to_string().contains("`off`, `facts` or `payload`"));
/// # Ok::<(), behavior_trace::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicySource {
    /// The text of the rules.
    Text(String),
    /// Path of a file with the rules. The start and each reload read it; the recorder does not watch it.
    File(PathBuf),
}

const FILE: &str = "file:";

impl PolicySource {
    /// Reads the rules and adds them to the default policy. Reading a file blocks the thread.
    ///
    /// # Errors
    ///
    /// An unreadable file, or a malformed rule. The error names the file or the rule, and the remedy.
    pub fn read(&self) -> Result<DefaultPolicy, PolicyError> {
        match self {
            Self::Text(text) => DefaultPolicy::new().with_rules(text),
            Self::File(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|error| PolicyError::unreadable(path, &error))?;
                let policy = DefaultPolicy::new().with_rules(&text);
                policy.map_err(|error| error.in_file(path))
            }
        }
    }
}

impl From<&str> for PolicySource {
    fn from(text: &str) -> Self {
        match text.strip_prefix(FILE) {
            Some(path) => Self::File(path.into()),
            None => Self::Text(text.to_owned()),
        }
    }
}

impl From<PathBuf> for PolicySource {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_the_same_rules_one_a_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("activity.rules");
        fs::write(
            &path,
            "# levels\nuser.* = facts  # no payloads\n\nimport.*=off\n",
        )
        .expect("written");
        let source = PolicySource::from(format!("file:{}", path.display()).as_str());
        assert_eq!(source, PolicySource::File(path.clone()));
        let text = PolicySource::from("user.*=facts,import.*=off");
        let (file, text) = (source.read().expect("rules"), text.read().expect("rules"));
        assert_eq!(format!("{file:?}"), format!("{text:?}"));
        fs::write(&path, "user.*=facts\nimport.*=of\n").expect("written");
        let error = source.read().expect_err("a level").to_string();
        assert!(error.contains("activity.rules"), "{error}");
        assert!(error.contains("line 2"), "{error}");
        fs::remove_file(&path).expect("removed");
        let error = source.read().expect_err("no file").to_string();
        assert!(error.contains("activity.rules"), "{error}");
    }
}
