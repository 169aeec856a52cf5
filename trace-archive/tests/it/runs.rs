//! Runs: when they begin, seal and end.

use std::fs;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use behavior_trace_archive::Archive;
use tokio::sync::Notify;

use crate::place::Place;

#[tokio::test]
async fn a_run_that_follows_seals_rows_as_they_come_and_what_it_has_when_it_is_stopped() {
    for place in Place::each("archive_follow").await {
        place.fill(3).await;
        let (sealed, stop) = (Notify::new(), Notify::new());
        let publication = place.publication().every(Duration::ZERO);
        let run = publication.run(stop.notified(), |_| sealed.notify_one());
        let rest = async {
            sealed.notified().await;
            place.fill(0).await;
            place
                .insert(&[crate::place::row(70, crate::place::EVENING)])
                .await;
            sealed.notified().await;
            stop.notify_one();
            Ok(())
        };
        let (report, ()) = tokio::try_join!(run, rest).expect("published");
        assert_eq!((report.rows, report.seals), (4, 2), "{}", place.store);
        place.assert_each_row_once().await;
    }
}

#[tokio::test]
async fn what_was_read_is_sealed_when_the_run_is_stopped_long_before_the_interval() {
    let place = Place::sqlite().await;
    place.fill(10).await;
    let publication = place.publication().every(Duration::from_hours(1));
    // Each look at the table and each pause asks it some times.
    let mut asked = 0;
    let stop = poll_fn(|context| {
        asked += 1;
        context.waker().wake_by_ref();
        if asked < 10_000 {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    });
    let report = publication.run(stop, |_| {}).await.expect("published");
    assert_eq!((report.rows, report.seals), (10, 1));
}

#[tokio::test]
async fn two_runs_at_a_time_leave_each_row_once() {
    let place = Place::sqlite().await;
    place.fill(500).await;
    let (one, other) = tokio::join!(place.publish(), place.publish());
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    place.publish().await.expect("published");
    place.assert_each_row_once().await;
}

#[tokio::test]
async fn another_table_is_refused() {
    let place = Place::sqlite().await;
    place.fill(10).await;
    place.publish().await.expect("published");
    let other = Place::sqlite().await;
    other.fill(5).await;
    let publication = behavior_trace_archive::Publication::new(other.reader(), place.archive());
    let run = publication.once().run(std::future::pending(), |_| {});
    let error = run.await.expect_err("another table").to_string();
    assert!(error.contains("table"), "{error}");
    assert_eq!(place.manifests().len(), 1);
}

#[tokio::test]
async fn a_manifest_of_a_later_release_is_refused_by_its_name() {
    let place = Place::sqlite().await;
    place.fill(1).await;
    place.publish().await.expect("published");
    let path = place.path().join("manifests/000000000002.json");
    fs::write(&path, r#"{"schema":2}"#).expect("written");
    let error = place.publish().await.expect_err("later").to_string();
    assert!(
        error.contains("manifests/000000000002.json") && error.contains("form 2"),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite().await;
    drop::<Archive>(place.archive());
    let mode = fs::metadata(place.path())
        .expect("a folder")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}
