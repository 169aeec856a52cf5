//! The catalogue as a file that is committed beside the sources.

mod difference;
mod entry;

use std::env;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::callsite::Callsite;
use crate::catalogue;
use difference::{Committed, Difference};
use entry::Entry;

/// Number of the form of the file. It grows where a key is removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// Name of the environment variable by which [`assert_committed`] writes the file: `BEHAVIOR_TRACE_CATALOGUE=write`.
pub const WRITE_VARIABLE: &str = "BEHAVIOR_TRACE_CATALOGUE";

/// Returns the catalogue of this program as JSON, with a call site on each line.
///
/// The text depends on the annotated functions and on nothing else: two builds of the same sources give the same bytes. It
/// has neither files nor lines, so an edit that moves a function within its module changes nothing. Entries are sorted by
/// action, resource, package, module and function; their fields by name. Entries that are equal in all of these are one.
///
/// ```
/// use behavior_trace::{behavior_trace, catalogue};
///
/// #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
/// fn rename(id: u64) {}
///
/// let json = catalogue::to_json();
/// assert!(json.starts_with("{\n  \"schema\": 1,"));
/// assert!(json.contains(r#"{"action":"user.update","resource":"User","#));
/// ```
pub fn to_json() -> String {
    render(&catalogue())
}

/// Writes the [catalogue](to_json) of this program into a file, and replaces the file that is there.
///
/// [`assert_committed`] is the form for a test: it writes only where it is asked to.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("behavior-trace.catalogue.json");
/// // let path = "behavior-trace.catalogue.json";
/// behavior_trace::catalogue::write(path)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Fails if the file cannot be written.
pub fn write(path: impl AsRef<Path>) -> io::Result<()> {
    fs::write(path, to_json())
}

/// Asserts that a committed file is the [catalogue](to_json) of this program. This one line is a whole test.
///
/// With `BEHAVIOR_TRACE_CATALOGUE=write` in the environment it writes the file in place of comparing it. Cargo runs a test
/// in the folder of its package, so a relative path is beside `Cargo.toml`. Line ends of Windows make no difference.
///
/// A test of a library is a file in `tests/` that names the library, or else the linker may leave it out; a program has it
/// among its unit tests, which then contribute the call sites of the tests themselves. Code behind a feature or a `cfg`
/// is in the catalogue only if it is compiled, so run the test with the same features each time.
///
/// ```no_run
/// # /*
/// use shop as _;
///
/// #[test]
/// # */
/// fn the_catalogue_is_committed() {
///     behavior_trace::catalogue::assert_committed("behavior-trace.catalogue.json");
/// }
/// # the_catalogue_is_committed();
/// ```
///
/// # Panics
///
/// Panics if the file differs, is not there, or cannot be read or written; with the lines that differ and the remedy. Panics
/// if nothing is annotated in this program.
#[track_caller]
pub fn assert_committed(path: impl AsRef<Path>) {
    let asked = env::var_os(WRITE_VARIABLE).is_some_and(|value| value == "write");
    if let Err(message) = check(path.as_ref(), &catalogue(), asked) {
        panic!("{message}");
    }
}

fn check(path: &Path, callsites: &[&Callsite], write: bool) -> Result<(), String> {
    let place = path.display();
    if callsites.is_empty() {
        return Err(format!(
            "nothing is annotated in this program, so `{place}` would be empty; name the library in the test, such as \
             `use shop as _;`"
        ));
    }
    let text = render(callsites);
    if write {
        return fs::write(path, text)
            .map_err(|error| format!("`{place}` cannot be written: {error}"));
    }
    let committed = match fs::read_to_string(path) {
        Ok(committed) => Committed::Text(committed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Committed::Missing,
        Err(error) => return Err(format!("`{place}` cannot be read: {error}")),
    };
    let differs = Difference::between(&committed, &text);
    differs.map_or(Ok(()), |differs| Err(differs.message(path)))
}

fn render(callsites: &[&Callsite]) -> String {
    let mut entries: Vec<_> = callsites
        .iter()
        .map(|callsite| Entry::of(callsite))
        .collect();
    entries.sort_unstable();
    entries.dedup();
    let lines: Vec<_> = entries.iter().map(Entry::line).collect();
    let lines = lines.join(",\n    ");
    let schema = Value::from(SCHEMA);
    format!("{{\n  \"schema\": {schema},\n  \"callsites\": [\n    {lines}\n  ]\n}}\n")
}

#[cfg(test)]
mod tests;
