//! Owner and mode of a spool directory.

use std::path::Path;

use crate::inspection::finding::{Check, Finding};

/// Modes that let other users write, which the recorder refuses.
#[cfg(unix)]
const WRITABLE: u32 = 0o022;

#[cfg(unix)]
pub(super) fn look(directory: &Path) -> Vec<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let shown = directory.display();
    let found = match std::fs::symlink_metadata(directory) {
        Ok(found) => found,
        Err(error) => return vec![Finding::unchecked(Check::SpoolDirectory, &error)],
    };
    let user = rustix::process::geteuid().as_raw();
    let mode = found.mode() & 0o777;
    let fail = |found: String, remedy: String| Finding::fail(Check::SpoolDirectory, found, remedy);
    let mut findings = Vec::new();
    if found.is_symlink() {
        findings.push(fail(
            format!("`{shown}` is a symbolic link, which the recorder refuses"),
            "configure the path that it points to".to_owned(),
        ));
    } else if !found.is_dir() {
        findings.push(fail(
            format!("`{shown}` is no directory"),
            "configure another path".to_owned(),
        ));
    } else if found.uid() != user {
        findings.push(fail(
            format!(
                "`{shown}` belongs to the user {}, and this is the user {user}",
                found.uid()
            ),
            format!(
                "inspect as the user of the service; if that is {user}: chown -R {user} {shown}"
            ),
        ));
    }
    if !found.is_symlink() && mode & WRITABLE != 0 {
        findings.push(fail(
            format!(
                "other users can write to `{shown}` (mode {mode:03o}), so the recorder refuses it"
            ),
            format!("chmod 700 {shown}"),
        ));
    } else if !found.is_symlink() && mode & 0o077 != 0 {
        findings.push(Finding::warn(
            Check::SpoolDirectory,
            format!("other users can look into `{shown}` (mode {mode:03o})"),
            format!("chmod 700 {shown}"),
        ));
    }
    if findings.is_empty() {
        let found = format!("`{shown}` is this user's alone (mode {mode:03o})");
        findings.push(Finding::ok(Check::SpoolDirectory, found));
    }
    findings
}

#[cfg(not(unix))]
pub(super) fn look(directory: &Path) -> Vec<Finding> {
    let found = format!("`{}` exists", directory.display());
    vec![Finding::ok(Check::SpoolDirectory, found)]
}
