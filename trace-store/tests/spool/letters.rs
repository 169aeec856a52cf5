//! Dead letters that another program shows, requeues and removes.

use std::path::Path;
use std::sync::Arc;

use behavior_trace_core::Activity;

use super::super::spool_file::Spool;
use super::super::{DeadLetterId, DeadLetters, SpoolFile as _, WITHOUT_PAYLOAD};
use super::{directory, keep, open, row};

/// Leaves a dead process's spool with these letters.
async fn leave(directory: &Path, letters: &[(Activity<'_>, &str)]) {
    let (mut spool, ..) = open(directory).await;
    for (row, reason) in letters {
        assert!(keep(&mut spool, None, row, reason).await.expect("room"));
    }
    spool.close().await;
}

/// The events that wait in the spool.
async fn queued(spool: &mut Spool) -> Vec<Activity<'static>> {
    let page = spool.oldest(None, 10, usize::MAX).await.expect("reads");
    page.rows
}

const fn id(number: i64) -> DeadLetterId {
    DeadLetterId { slot: 0, number }
}

#[tokio::test]
async fn a_letter_is_shown_whole_by_its_id() {
    let directory = directory();
    leave(
        directory.path(),
        &[(row(1), "too long"), (row(2), "too old")],
    )
    .await;
    let letters = DeadLetters::new(directory.path());
    let all = letters.list().await.expect("readable");
    let ids: Vec<_> = all.iter().map(|letter| letter.id.to_string()).collect();
    assert_eq!(ids, ["0/1", "0/2"]);
    let shown = letters.show(id(2)).await.expect("readable");
    assert_eq!((&shown, shown.reason.as_str()), (&all[1], "too old"));
    let event_id = shown.activity.expect("sound").event_id.to_string();
    assert!(shown.text.contains(&event_id), "{}", shown.text);
    let error = letters.show(id(3)).await.expect_err("there are two");
    assert!(error.is_missing(), "{error}");
    let other = DeadLetterId { slot: 7, number: 1 };
    let error = letters.show(other).await.expect_err("there is one slot");
    assert!(error.to_string().contains("7/1"), "{error}");
}

#[tokio::test]
async fn a_letter_that_is_requeued_twice_waits_once_and_keeps_its_event_id() {
    let directory = directory();
    let bad = row(1);
    leave(
        directory.path(),
        &[(bad.clone(), "too long"), (row(2), "stays")],
    )
    .await;
    let letters = DeadLetters::new(directory.path());
    letters.requeue(id(1)).await.expect("requeued");
    let error = letters.requeue(id(1)).await.expect_err("it is gone");
    assert!(error.is_missing(), "{error}");
    assert!(error.to_string().contains("no such letter: 0/1"), "{error}");
    let left = letters.list().await.expect("readable");
    assert_eq!(left.len(), 1);
    let (mut spool, count, _) = open(directory.path()).await;
    assert_eq!((count, queued(&mut spool).await), (1, vec![bad]));
    // A number is not used again.
    assert!(keep(&mut spool, None, &row(3), "new").await.expect("room"));
    let shown = letters.show(id(3)).await.expect("readable");
    assert_eq!(shown.reason, "new");
}

#[tokio::test]
async fn beside_a_live_owner_a_letter_is_removed_and_not_requeued() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    for reason in ["one", "two"] {
        assert!(keep(&mut spool, None, &row(1), reason).await.expect("room"));
    }
    let letters = DeadLetters::new(directory.path());
    let error = letters.requeue(id(1)).await.expect_err("the owner lives");
    assert!(error.is_locked() && !error.is_transient(), "{error}");
    let told = error.to_string();
    assert!(
        told.contains("slot 0") && told.contains("stop that process"),
        "{told}"
    );
    letters.remove(id(1)).await.expect("removed");
    let error = letters.remove(id(1)).await.expect_err("it is gone");
    assert!(error.is_missing(), "{error}");
    // The owner goes on with the same file.
    assert!(
        keep(&mut spool, None, &row(2), "three")
            .await
            .expect("room")
    );
    spool.append(&[row(3)]).await.expect("room");
    let left = letters.list().await.expect("readable");
    let reasons: Vec<_> = left.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["two", "three"]);
    spool.close().await;
    letters.requeue(id(3)).await.expect("the owner is gone");
    assert_eq!(open(directory.path()).await.1, 2);
}

#[tokio::test]
async fn a_letter_is_removed_as_it_was_read_or_not_at_all() {
    let directory = directory();
    leave(directory.path(), &[(row(1), "one"), (row(2), "two")]).await;
    let letters = DeadLetters::new(directory.path());
    let read = letters.show(id(1)).await.expect("there");
    // What the id stood for before a process took the spool over.
    let mut before = read.clone();
    before.reason = "of before".to_owned();
    assert!(!letters.remove_this(&before).await.expect("looked at"));
    assert_eq!(letters.show(id(1)).await.expect("kept"), read);
    assert!(letters.remove_this(&read).await.expect("removed"));
    let error = letters.remove_this(&read).await.expect_err("it is gone");
    assert!(error.is_missing(), "{error}");
    assert_eq!(letters.list().await.expect("readable").len(), 1);
}

#[tokio::test]
async fn a_letter_of_a_dead_process_is_removed() {
    let directory = directory();
    leave(directory.path(), &[(row(1), "too long")]).await;
    let letters = DeadLetters::new(directory.path());
    letters.remove(id(1)).await.expect("removed");
    assert!(letters.list().await.expect("readable").is_empty());
    let (spool, ..) = open(directory.path()).await;
    assert_eq!(spool.count(Arc::default()).await.expect("counts"), 0);
}

#[tokio::test]
async fn a_letter_that_no_store_could_take_is_not_requeued() {
    let directory = directory();
    let short = format!("{WITHOUT_PAYLOAD}: packet too large");
    leave(directory.path(), &[(row(1), &short)]).await;
    let (mut spool, ..) = open(directory.path()).await;
    sqlx::raw_sql(
        "INSERT INTO dead_letter (buried_at, reason, row) VALUES ('then', 'damaged', CAST(x'7bff80' AS TEXT))",
    )
    .execute(&mut spool.connection)
    .await
    .expect("written");
    spool.close().await;
    let letters = DeadLetters::new(directory.path());
    for (number, word) in [(1, "without its payload"), (2, "no readable row")] {
        let error = letters.requeue(id(number)).await.expect_err(word);
        assert!(error.to_string().contains(word), "{error}");
        assert!(!error.is_missing() && !error.is_locked());
    }
    let left = letters.list().await.expect("readable");
    assert_eq!(left.len(), 2);
    assert_eq!(
        (left[1].activity.as_ref(), left[1].text.as_str()),
        (None, "{\u{fffd}\u{fffd}")
    );
}

#[tokio::test]
async fn a_file_of_a_later_release_keeps_its_letters() {
    let directory = directory();
    leave(directory.path(), &[(row(1), "too long")]).await;
    let (mut spool, ..) = open(directory.path()).await;
    sqlx::raw_sql("PRAGMA user_version = 99")
        .execute(&mut spool.connection)
        .await
        .expect("set");
    spool.close().await;
    let letters = DeadLetters::new(directory.path());
    let refused = [
        letters.remove(id(1)).await.expect_err("later"),
        letters.requeue(id(1)).await.expect_err("later"),
    ];
    for error in refused {
        assert!(error.to_string().contains("format 99"), "{error}");
    }
    assert_eq!(letters.list().await.expect("readable").len(), 1);
}
