//! Where rules of the default policy are read from.

use std::fs;
use std::path::PathBuf;

use super::{DefaultPolicy, PolicyError};

/// Names rules for the default policy: the text of them, or a file.
///
/// Rules are separated by commas or lines; a `#` begins a comment.
///
/// | rule | effect |
/// |---|---|
/// | `user.update=facts`, `user.*=facts` | the level of an action, or of all that begin alike |
/// | `resource:Draft=off`, `resource:Billing*=facts` | the level of a resource |
/// | `*=facts` | the level of what no rule names; `payload` by default |
/// | `mask:salary` | masks the values under this name too |
///
/// Levels are `off`, `facts` and `payload`. The most specific pattern holds, of a rule for the action and one for the resource
/// the stricter, and of two rules for one pattern the last.
///
/// From a text, `file:` and a path mean the file; anything else is the rules themselves.
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
    /// The rules themselves.
    Text(String),
    /// A file with the rules, read at the start and by each reload. Nothing watches it.
    File(PathBuf),
}

const FILE: &str = "file:";

impl PolicySource {
    /// Reads the rules, and adds them to the default policy. It blocks the thread for a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a rule of another form; the error names the rule and the remedy.
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
