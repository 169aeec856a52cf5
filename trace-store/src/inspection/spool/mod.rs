//! Inspection of a spool directory.

mod directory;
mod slots;
mod volume;

use std::path::Path;

use super::finding::{Check, Finding};
use crate::spool::Spools;

pub(super) async fn inspect(directory: &Path, spool_bytes: u64) -> Vec<Finding> {
    if !directory.exists() {
        return vec![Finding::warn(
            Check::SpoolDirectory,
            format!("`{}` does not exist", directory.display()),
            "check the path; the recorder creates the directory when it starts",
        )];
    }
    let mut findings = directory::look(directory);
    findings.extend(volume::look(directory, spool_bytes));
    match Spools::new(directory).list().await {
        Ok(slots) => findings.extend(slots::judge(&slots)),
        Err(error) => {
            for check in [Check::SpoolSlots, Check::SpoolDamage, Check::DeadLetters] {
                findings.push(Finding::unchecked(check, &error));
            }
        }
    }
    findings
}
