//! The list of slots that another program sees.

use std::fs;

use super::super::{DeadLetters, SpoolFile as _, Spools};
use super::{directory, keep, open, row, rows};

#[tokio::test]
async fn each_slot_is_listed_with_its_owner_its_rows_and_its_letters() {
    let directory = directory();
    let (mut dead, ..) = open(directory.path()).await;
    let (mut alive, ..) = open(directory.path()).await;
    let spooled = rows(300);
    dead.append(&spooled).await.expect("room");
    assert!(
        keep(&mut dead, None, &row(1), "too long")
            .await
            .expect("room")
    );
    alive.append(&rows(2)).await.expect("room");
    dead.close().await;
    let file = directory.path().join("0/spool.db");
    let before = fs::read(&file).expect("readable");
    // No slots of ours.
    fs::create_dir(directory.path().join("007")).expect("made");
    fs::write(directory.path().join("8"), "").expect("written");
    let listed = Spools::new(directory.path()).list().await.expect("reads");
    assert!(fs::read(&file).expect("readable") == before);
    let [first, second] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!((first.slot, second.slot), (0, 1));
    assert_eq!((first.owner_alive, second.owner_alive), (false, true));
    assert_eq!((first.rows, second.rows), (Some(300), Some(2)));
    assert_eq!(
        (first.dead_letters, second.dead_letters),
        (Some(1), Some(0))
    );
    assert_eq!(first.oldest, Some(spooled[0].occurred_at));
    assert!(first.bytes >= 300 * 200 && second.bytes > 0, "{listed:?}");
    assert!(first.damaged_files.is_empty() && first.problem.is_none());
    // The look has freed the lock.
    let (spool, count, _) = open(directory.path()).await;
    assert_eq!(count, 300);
    drop(spool);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_hides_no_other_slot() {
    let directory = directory();
    let (mut damaged, ..) = open(directory.path()).await;
    let (mut sound, ..) = open(directory.path()).await;
    damaged.append(&rows(100)).await.expect("room");
    sound.append(&rows(2)).await.expect("room");
    damaged.close().await;
    sound.close().await;
    let file = directory.path().join("0/spool.db");
    let mut bytes = fs::read(&file).expect("readable");
    bytes[..4096].fill(0xff);
    fs::write(&file, &bytes).expect("writable");
    let listed = Spools::new(directory.path()).list().await.expect("reads");
    assert_eq!(listed[0].damaged_files, std::slice::from_ref(&file));
    assert_eq!((listed[0].rows, listed[1].rows), (None, Some(2)));
    let problem = listed[0].problem.as_deref().expect("a problem");
    assert!(problem.contains("0/spool.db"), "{problem}");
    assert!(fs::read(&file).expect("readable") == bytes);
}

/// As root, only a link to itself cannot be looked at.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_looked_at_is_not_taken_for_empty() {
    let directory = directory();
    let (spool, ..) = open(directory.path()).await;
    spool.close().await;
    let file = directory.path().join("0/spool.db");
    fs::remove_file(&file).expect("removed");
    std::os::unix::fs::symlink(&file, &file).expect("a link to itself");
    let listed = Spools::new(directory.path()).list().await.expect("reads");
    assert_eq!((listed[0].rows, listed[0].dead_letters), (None, None));
    let problem = listed[0].problem.as_deref().unwrap_or_default();
    assert!(problem.contains("0/spool.db"), "{problem}");
    let letters = DeadLetters::new(directory.path()).list().await;
    letters.expect_err("unknown");
}

/// Its rows may be in another table.
#[tokio::test]
async fn a_file_of_a_later_release_is_named_and_not_taken_for_empty() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(3)).await.expect("room");
    let later = "PRAGMA user_version = 1000; ALTER TABLE spool RENAME TO spool_of_later; \
                 ALTER TABLE dead_letter RENAME TO letter_of_later";
    sqlx::raw_sql(later)
        .execute(&mut spool.connection)
        .await
        .expect("renamed");
    let spools = Spools::new(directory.path());
    let shown = spools.show(0).await.expect("reads");
    assert_eq!((shown.rows, shown.dead_letters), (None, None));
    let problem = shown.problem.unwrap_or_default();
    assert!(problem.contains("a later release wrote it"), "{problem}");
    assert!(shown.damaged_files.is_empty());
    let letters = DeadLetters::new(directory.path());
    let error = letters.list().await.expect_err("a later release's");
    assert!(error.to_string().contains("a later release"), "{error}");
    let error = letters.show("0/1".parse().expect("an id")).await;
    let error = error.expect_err("a later release's").to_string();
    assert!(error.contains("a later release"), "{error}");
}

#[tokio::test]
async fn an_emptied_slot_and_an_empty_directory_are_no_errors() {
    let directory = directory();
    let spools = Spools::new(directory.path());
    assert!(spools.list().await.expect("reads").is_empty());
    let (spool, ..) = open(directory.path()).await;
    spool.dissolve().await;
    let listed = spools.list().await.expect("reads");
    assert_eq!((listed.len(), listed[0].rows), (1, Some(0)));
    let missing = directory.path().join("misspelt");
    let error = Spools::new(&missing).list().await.expect_err("missing");
    let shown = missing.display().to_string();
    assert!(error.to_string().contains(&shown), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn one_slot_is_shown_as_it_is_listed_and_a_missing_one_is_an_error() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(3)).await.expect("room");
    spool.close().await;
    let spools = Spools::new(directory.path());
    let shown = spools.show(0).await.expect("reads");
    assert_eq!((shown.slot, shown.rows), (0, Some(3)));
    assert_eq!(vec![shown], spools.list().await.expect("reads"));
    let error = spools.show(1).await.expect_err("no such slot");
    assert!(error.is_missing(), "{error}");
    assert!(error.to_string().contains("has no slot 1"), "{error}");
}
