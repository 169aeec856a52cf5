//! Slots of a spool directory: rows, damaged files, dead letters.

use crate::inspection::finding::{Check, Finding};
use crate::spool::SpoolInfo;

pub(super) fn judge(slots: &[SpoolInfo]) -> Vec<Finding> {
    let mut findings = of_rows(slots);
    findings.extend(of_damage(slots));
    findings.extend(of_letters(slots));
    findings
}

fn of_rows(slots: &[SpoolInfo]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for slot in slots {
        let number = slot.slot;
        match (slot.rows, &slot.problem) {
            (Some(rows), None) if rows > 0 && !slot.owner_alive => findings.push(Finding::warn(
                Check::SpoolSlots,
                format!("slot {number} has {rows} rows{} of a process that is gone", since(slot)),
                format!(
                    "start a recorder on this directory, which takes them over, or run `behavior-trace spool drain {number}`"
                ),
            )),
            // A damaged file is a finding of its own.
            (_, Some(problem)) if slot.damaged_files.is_empty() => {
                findings.push(Finding::unchecked(
                    Check::SpoolSlots,
                    &format!("slot {number}: {problem}"),
                ));
            }
            _ => {}
        }
    }
    if findings.is_empty() {
        let rows: u64 = slots.iter().filter_map(|slot| slot.rows).sum();
        let alive = slots.iter().filter(|slot| slot.owner_alive).count();
        let found = format!(
            "{rows} rows wait in {} slots, of which {alive} are in use",
            slots.len()
        );
        findings.push(Finding::ok(Check::SpoolSlots, found));
    }
    findings
}

fn since(slot: &SpoolInfo) -> String {
    let oldest = slot
        .oldest
        .map(|oldest| format!(", the oldest of {oldest},"));
    oldest.unwrap_or_default()
}

fn of_damage(slots: &[SpoolInfo]) -> Vec<Finding> {
    let files = slots.iter().flat_map(|slot| &slot.damaged_files);
    let findings: Vec<_> = files
        .map(|file| {
            Finding::fail(
                Check::SpoolDamage,
                format!("`{}` is damaged, and its rows have not been read back", file.display()),
                "start a recorder on this directory, which reads them back, and keep the file until then",
            )
        })
        .collect();
    if findings.is_empty() {
        vec![Finding::ok(Check::SpoolDamage, "no file is damaged")]
    } else {
        findings
    }
}

fn of_letters(slots: &[SpoolInfo]) -> Vec<Finding> {
    let letters: u64 = slots.iter().filter_map(|slot| slot.dead_letters).sum();
    vec![if letters == 0 {
        Finding::ok(Check::DeadLetters, "none")
    } else {
        Finding::warn(
            Check::DeadLetters,
            format!("{letters} rows were refused by the database"),
            "read their reasons (`behavior-trace dead-letters list`), remove the cause, and requeue or remove them",
        )
    }]
}
