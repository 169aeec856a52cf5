//! Owner and mode of a spool directory.

use std::path::Path;

use crate::inspection::finding::{Check, Finding};

/// Bits of a mode with which others write, which the recorder refuses.
#[cfg(unix)]
const WRITE: u32 = 0o022;
/// Bits of a mode that are of others.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

#[cfg(unix)]
pub(super) fn look(directory: &Path) -> Vec<Finding> {
    let found = match std::fs::symlink_metadata(directory) {
        Ok(found) => found,
        Err(error) => return vec![Finding::unchecked(Check::SpoolDirectory, &error)],
    };
    let kind = of_kind(directory, &found);
    let mode = of_mode(directory, &found);
    let findings: Vec<_> = kind.into_iter().chain(mode).collect();
    if findings.is_empty() {
        let found = format!("`{}` is this user's alone", directory.display());
        return vec![Finding::ok(Check::SpoolDirectory, found)];
    }
    findings
}

#[cfg(unix)]
fn of_kind(directory: &Path, found: &std::fs::Metadata) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let shown = directory.display();
    let user = rustix::process::geteuid().as_raw();
    let (found, remedy) = if found.is_symlink() {
        (
            format!("`{shown}` is a symbolic link, which the recorder refuses"),
            "configure the path that it points to",
        )
    } else if !found.is_dir() {
        (
            format!("`{shown}` is no directory"),
            "configure another path",
        )
    } else if found.uid() != user {
        (
            format!(
                "`{shown}` belongs to the user {}, and this is the user {user}",
                found.uid()
            ),
            "inspect as the user of the service; if this is it, give it a directory of its own",
        )
    } else {
        return None;
    };
    Some(Finding::fail(Check::SpoolDirectory, found, remedy))
}

#[cfg(unix)]
fn of_mode(directory: &Path, found: &std::fs::Metadata) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = found.mode() & 0o777;
    if found.is_symlink() || mode & OTHERS == 0 {
        return None;
    }
    let shown = directory.display();
    // It may be a directory of many services, such as `/tmp`.
    let remedy = format!("give the spool a directory of its own; if it is one: chmod 700 {shown}");
    Some(if mode & WRITE == 0 {
        let found = format!("other users can look into `{shown}` (mode {mode:03o})");
        Finding::warn(Check::SpoolDirectory, found, remedy)
    } else {
        let found = format!(
            "other users can write to `{shown}` (mode {mode:03o}), so the recorder refuses it"
        );
        Finding::fail(Check::SpoolDirectory, found, remedy)
    })
}

#[cfg(not(unix))]
pub(super) fn look(directory: &Path) -> Vec<Finding> {
    let found = format!("`{}` exists", directory.display());
    vec![Finding::ok(Check::SpoolDirectory, found)]
}
