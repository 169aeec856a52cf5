//! The place that a command reached, in a file, so that the same command goes on there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Number of the form of the file.
const SCHEMA: u32 = 1;

/// The place of a command, and the file that keeps it.
#[derive(Debug)]
pub(crate) struct StateFile<P> {
    path: PathBuf,
    contents: StateContents<P>,
    is_new: bool,
    /// Held until the end of the command, so that two runs do not write the same files.
    _lock: File,
}

#[derive(Debug, Deserialize, Serialize)]
struct StateContents<P> {
    schema: u32,
    /// Name of the command, such as `export`.
    command: String,
    /// Everything that decides what the command does.
    bound_to: String,
    #[serde(flatten)]
    place: P,
}

/// The part of the file that tells what its rest is.
#[derive(Deserialize)]
struct StateForm {
    schema: u32,
    command: String,
}

/// A place that a command can go on from.
pub(crate) trait StatePlace: Default + DeserializeOwned + Serialize {
    /// Name of the command.
    const COMMAND: &'static str;
}

impl<P: StatePlace> StateFile<P> {
    /// Reads the place from a file, or begins where there is none.
    pub(crate) fn open(path: PathBuf, bound_to: &str) -> Result<Self, Failure> {
        let lock = locked(&path)?;
        let found = match fs::read(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = path.display();
                return Err(Failure::failed(format!("{path} cannot be read: {error}")));
            }
        };
        let is_new = found.is_none();
        let contents = match found {
            Some(text) => read(&path, &text, bound_to)?,
            None => StateContents {
                schema: SCHEMA,
                command: P::COMMAND.to_owned(),
                bound_to: bound_to.to_owned(),
                place: P::default(),
            },
        };
        Ok(Self {
            path,
            contents,
            is_new,
            _lock: lock,
        })
    }

    pub(crate) const fn place(&self) -> &P {
        &self.contents.place
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether there was no file.
    pub(crate) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Writes the place, so that the file has either the earlier one or this one.
    pub(crate) fn save(&mut self, place: P) -> io::Result<()> {
        self.contents.place = place;
        let new = beside(&self.path, ".new");
        // A link of this name would lead to a file of somebody else.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&new)?;
        serde_json::to_writer(&mut file, &self.contents)?;
        file.write_all(b"\n")?;
        file.sync_data()?;
        fs::rename(&new, &self.path)
    }
}

/// Returns the path of a file beside another.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

/// Makes a new file its owner's alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Locks a state for this process. The file of the lock stays: after its removal, two runs could each lock a file of this name.
fn locked(path: &Path) -> Result<File, Failure> {
    let lock = beside(path, ".lock");
    let mut options = OpenOptions::new();
    let file = private(options.write(true).create(true).truncate(false)).open(&lock);
    let failed = |error| Failure::failed(format!("{} cannot be locked: {error}", lock.display()));
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::try_again(format!(
            "another run has the state {}; try again when it has ended",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn read<P: StatePlace>(
    path: &Path,
    text: &[u8],
    bound_to: &str,
) -> Result<StateContents<P>, Failure> {
    let (shown, command) = (path.display(), P::COMMAND);
    let unknown = || {
        Failure::failed(format!(
            "{shown} is no state of an {command}; name another file"
        ))
    };
    let form: StateForm = serde_json::from_slice(text).map_err(|_| unknown())?;
    if form.command != command {
        return Err(unknown());
    }
    if form.schema != SCHEMA {
        let schema = form.schema;
        return Err(Failure::failed(format!(
            "{shown} has the form {schema} of another release; use that release, or name another file"
        )));
    }
    let contents: StateContents<P> = serde_json::from_slice(text).map_err(|_| unknown())?;
    if contents.bound_to != bound_to {
        return Err(Failure::failed(format!(
            "{shown} belongs to another {command}: `{}`, and this one is `{bound_to}`; name another file",
            contents.bound_to
        )));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, Serialize, PartialEq)]
    struct ReachedPlace {
        id: u64,
    }

    impl StatePlace for ReachedPlace {
        const COMMAND: &'static str = "export";
    }

    fn open(path: &Path, bound_to: &str) -> Result<StateFile<ReachedPlace>, String> {
        StateFile::open(path.to_owned(), bound_to).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_place_is_read_as_it_was_saved_and_by_the_same_command_alone() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("state");
        let mut state = open(&path, "all rows").expect("begins");
        assert!(state.is_new() && state.place().id == 0);
        state.save(ReachedPlace { id: u64::MAX }).expect("written");
        drop(state);
        let again = open(&path, "all rows").expect("goes on");
        assert_eq!((again.is_new(), again.place().id), (false, u64::MAX));
        drop(again);
        let error = open(&path, "some rows").expect_err("another");
        assert!(error.contains("belongs to another export"), "{error}");
    }

    #[test]
    fn a_state_belongs_to_one_run_at_a_time() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("state");
        let first = open(&path, "").expect("begins");
        let error = open(&path, "").expect_err("a second run");
        assert!(error.contains("another run has the state"), "{error}");
        drop(first);
        open(&path, "").expect("begins");
    }

    #[cfg(unix)]
    #[test]
    fn a_state_is_its_owners_alone_and_follows_no_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("state");
        let other = folder.path().join("other");
        fs::write(&other, "kept").expect("written");
        symlink(&other, folder.path().join("state.new")).expect("a link");
        let mut state = open(&path, "").expect("begins");
        state.save(ReachedPlace { id: 1 }).expect("written");
        assert_eq!(fs::read_to_string(&other).expect("a text"), "kept");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn another_file_is_refused_by_its_name() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("state");
        for (text, part) in [
            ("", "no state of an export"),
            ("{}", "no state of an export"),
            (
                r#"{"schema":1,"command":"import","bound_to":"","id":1}"#,
                "no state of an export",
            ),
            (
                r#"{"schema":1,"command":"export","bound_to":""}"#,
                "no state of an export",
            ),
            (
                r#"{"schema":2,"command":"export"}"#,
                "the form 2 of another release",
            ),
        ] {
            fs::write(&path, text).expect("written");
            let error = open(&path, "").expect_err(text);
            assert!(
                error.contains(part) && error.contains("/state "),
                "{text}: {error}"
            );
        }
    }
}
