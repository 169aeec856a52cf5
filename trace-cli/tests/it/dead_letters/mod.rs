//! `dead-letters`.

mod list;
mod remove;
mod requeue;

use crate::tool::Place;

/// Leaves a spool of 20 rows, drained but for these resource ids, which a rule refuses.
fn leave_letters(place: &Place, refused: &str) {
    place.leave_spool(0..20);
    refuse(place, refused);
    let drained = place.run_spool(&["spool", "drain", "--all"]);
    assert_eq!(drained.code, Some(3), "{drained:?}");
}

fn refuse(place: &Place, refused: &str) {
    place.sql(&format!(
        "ALTER TABLE operational_activity ADD CONSTRAINT not_these CHECK (resource_id NOT IN ({refused}))"
    ));
}

fn mend(place: &Place) {
    place.sql("ALTER TABLE operational_activity DROP CONSTRAINT not_these");
}

/// Returns the ids of the letters.
fn ids(place: &Place) -> Vec<String> {
    let letters = place.run_spool(&["dead-letters", "list"]).lines();
    let id = |letter: &serde_json::Value| letter["id"].as_str().expect("an id").to_owned();
    letters.iter().map(id).collect()
}
