//! Archives as a killed run leaves them.

use std::fs;

use crate::place::{EVENING, Place, row};

const EARLY: &str = "dt=2026-11-30/1-9.parquet";
const LATE: &str = "dt=2026-12-01/2-10.parquet";
const MANIFEST: &str = "manifests/000000000001.json";
const PLAN: &str = "plans/000000000001.json";

/// Returns an archive of one seal with two files, from which objects are taken that a killed run has not written.
async fn killed_before(objects: &[&str]) -> Place {
    let place = Place::sqlite().await;
    place.fill(10).await;
    place.publish().await.expect("published");
    for object in objects {
        fs::remove_file(place.path().join(object)).expect("was there");
    }
    place
}

#[tokio::test]
async fn a_run_that_was_killed_at_any_step_leaves_each_row_once() {
    for objects in [
        &[MANIFEST][..],
        &[MANIFEST, LATE],
        &[MANIFEST, EARLY, LATE],
        &[MANIFEST, EARLY, LATE, PLAN],
    ] {
        let place = killed_before(objects).await;
        place.publish().await.expect("published");
        place.assert_each_row_once().await;
        place.insert(&[row(50, EVENING)]).await;
        place.publish().await.expect("published");
        place.assert_each_row_once().await;
    }
}

#[tokio::test]
async fn files_that_are_all_there_are_completed_by_the_manifest_of_the_plan() {
    let place = killed_before(&[MANIFEST]).await;
    let plan = fs::read(place.path().join(PLAN)).expect("a plan");
    let report = place.publish().await.expect("published");
    assert_eq!((report.rows, report.orphans.len()), (0, 0));
    assert_eq!(
        fs::read(place.path().join(MANIFEST)).expect("a manifest"),
        plan
    );
}

#[tokio::test]
async fn a_file_of_a_killed_run_is_taken_again_if_it_is_the_same() {
    let place = killed_before(&[MANIFEST, LATE]).await;
    let report = place.publish().await.expect("published");
    assert_eq!((report.rows, report.orphans.len()), (10, 0));
    assert_eq!(place.files(), [EARLY, LATE]);
}

#[tokio::test]
async fn a_file_of_a_killed_run_that_differs_is_left_and_reported() {
    let place = killed_before(&[MANIFEST, LATE]).await;
    // The same ids were to be in it with another payload: they were erased meanwhile.
    let erasure =
        behavior_trace_store::Erasure::new(&place.url, &behavior_trace_core::Actor::user(-42));
    assert_eq!(erasure.run().await.expect("erased").changed, 1);
    let report = place.publish().await.expect("published");
    assert_eq!(report.orphans, [EARLY]);
    assert_eq!(place.files(), ["dt=2026-11-30/1-9.2.parquet", LATE]);
    place.assert_each_row_once().await;
    // It is named until it is removed.
    place.insert(&[row(50, EVENING)]).await;
    assert_eq!(place.publish().await.expect("published").orphans, [EARLY]);
    fs::remove_file(place.path().join(EARLY)).expect("was there");
    assert_eq!(
        place.publish().await.expect("published").orphans,
        Vec::<String>::new()
    );
    place.assert_each_row_once().await;
}

#[tokio::test]
async fn a_file_of_somebody_else_is_not_replaced_and_named() {
    let place = Place::sqlite().await;
    place.fill(10).await;
    let path = place.path().join(EARLY);
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    fs::write(&path, "something else").expect("written");
    let error = place.publish().await.expect_err("in the way").to_string();
    assert!(
        error.contains(EARLY) && error.contains("remove it"),
        "{error}"
    );
    assert_eq!(fs::read(&path).expect("a file"), b"something else");
    fs::remove_file(&path).expect("was there");
    place.publish().await.expect("published");
    place.assert_each_row_once().await;
}
