//! Inspection of a spool directory.

mod directory;
mod slots;
mod volume;

use std::path::Path;

use super::finding::{Check, Finding};
use crate::spool::Spools;

pub(super) async fn inspect(directory: &Path, spool_bytes: u64) -> Vec<Finding> {
    let shown = directory.display();
    match directory.try_exists() {
        Ok(true) => {}
        Ok(false) => {
            return vec![Finding::warn(
                Check::SpoolDirectory,
                format!("`{shown}` does not exist"),
                "check the path; the recorder creates the directory when it starts",
            )];
        }
        Err(error) => {
            return vec![Finding::fail(
                Check::SpoolDirectory,
                format!("`{shown}` cannot be looked at: {error}"),
                "inspect as the user of the service; if this is it, check the rights on the directories above",
            )];
        }
    }
    let slots = Spools::new(directory).list().await;
    let mut findings = directory::look(directory);
    let known = slots.as_deref().unwrap_or_default();
    findings.extend(volume::look(directory, known, spool_bytes));
    match slots {
        Ok(slots) => findings.extend(slots::judge(&slots)),
        Err(error) => {
            for check in [Check::SpoolSlots, Check::SpoolDamage, Check::DeadLetters] {
                findings.push(Finding::unchecked(check, &error));
            }
        }
    }
    findings
}
