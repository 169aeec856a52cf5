//! Dead letters, the rows that no store accepts.

use std::fs;

use behavior_trace_core::Timestamp;
use behavior_trace_core::activity;

use super::super::file::size;
use super::super::slot::Slots;
use super::super::spool_file::{LETTERS, MOVED, Spool};
use super::super::{SpoolFile, SpoolPage, dead_letters};
use super::{directory, keep, open, row, rows};

#[tokio::test]
async fn dead_letters_are_taken_over_a_piece_at_a_time() {
    let directory = directory();
    let (mut first, ..) = open(directory.path()).await;
    let (mut second, ..) = open(directory.path()).await;
    let letters = LETTERS / 4;
    sqlx::query(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ?) \
         INSERT INTO dead_letter (buried_at, reason, row) SELECT n, 'too long', '{}' FROM n",
    )
    .bind(letters)
    .execute(&mut second.connection)
    .await
    .expect("written");
    let mut pieces = 0;
    while first.recover(&mut second).await.expect("moves").is_some() {
        pieces += 1;
    }
    assert_eq!(pieces, letters / size(MOVED));
    let places = "SELECT buried_at FROM dead_letter ORDER BY seq";
    let found: Vec<String> = sqlx::query_scalar(places)
        .fetch_all(&mut first.connection)
        .await
        .expect("readable");
    let expected: Vec<_> = (1..=letters).map(|number| number.to_string()).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_row_that_no_store_takes_leaves_a_full_spool() {
    let directory = directory();
    let slot = Slots::new(directory.path())
        .claim(0, &mut Vec::new())
        .expect("a slot");
    let (mut spool, ..) = Spool::open(slot, 256 << 10).await.expect("opens");
    // Each row takes separate pages, and two do not fit in the room of one.
    let large = activity! {
        payload: format!("{:?}", "x".repeat(10_000)).into(),
        ..row(1)
    };
    while spool.append(std::slice::from_ref(&large)).await.is_ok() {}
    for reason in ["too long", &"too long ".repeat(1000)] {
        let SpoolPage { numbers, .. } = spool.oldest(None, 1, usize::MAX).await.expect("reads");
        let buried = keep(&mut spool, Some(numbers[0]), &large, reason).await;
        buried.expect("it leaves");
        let SpoolPage { numbers: left, .. } =
            spool.oldest(None, 1, usize::MAX).await.expect("reads");
        assert_ne!(left, numbers);
    }
}

#[tokio::test]
async fn dead_letters_that_cannot_be_looked_for_are_not_said_to_be_none() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "x").expect("written");
    for place in [file, directory.path().join("misspelt")] {
        let error = dead_letters(&place).await.expect_err("no spool directory");
        let shown = place.display().to_string();
        assert!(error.to_string().contains(&shown), "{error}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_becomes_a_dead_letter() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(1)).await.expect("room");
    sqlx::query("INSERT INTO spool (row) VALUES ('{\"half\":')")
        .execute(&mut spool.connection)
        .await
        .expect("written");
    let piece = spool.oldest(None, 10, usize::MAX).await.expect("reads");
    assert_eq!((piece.rows.len(), piece.buried), (1, 1));
    let piece = spool.oldest(None, 10, usize::MAX).await.expect("reads");
    assert_eq!((piece.rows.len(), piece.buried), (1, 0));
}

#[tokio::test]
async fn dead_letters_are_read_with_their_reason_while_the_spool_is_in_use() {
    let directory = directory();
    let letters = dead_letters(directory.path()).await.expect("readable");
    assert!(letters.is_empty());
    let (mut first, ..) = open(directory.path()).await;
    let (mut second, ..) = open(directory.path()).await;
    keep(&mut first, None, &row(1), "too long")
        .await
        .expect("room");
    keep(&mut second, None, &row(2), "too old")
        .await
        .expect("room");
    let letters = dead_letters(directory.path()).await.expect("readable");
    let found: Vec<_> = letters
        .iter()
        .map(|letter| (letter.reason.as_str(), letter.activity.as_ref()))
        .collect();
    let told: Vec<_> = found.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(told, ["too long", "too old"]);
    let age = Timestamp::now().as_micros() - letters[0].dead_lettered_at.as_micros();
    assert!((0..60_000_000).contains(&age), "{letters:?}");
    let action = found[0].1.map(|row| row.action.to_string());
    assert_eq!(action.as_deref(), Some("thing.update"));
}

#[tokio::test]
async fn there_is_an_end_to_the_dead_letters_and_the_first_are_kept() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(1)).await.expect("room");
    sqlx::query(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ?) \
         INSERT INTO dead_letter (buried_at, reason, row) SELECT 'then', 'first', '{}' FROM n",
    )
    .bind(LETTERS - 1)
    .execute(&mut spool.connection)
    .await
    .expect("written");
    assert!(
        keep(&mut spool, None, &row(1), "the last")
            .await
            .expect("room")
    );
    let SpoolPage { numbers, .. } = spool.oldest(None, 1, usize::MAX).await.expect("reads");
    let kept = keep(&mut spool, Some(numbers[0]), &row(2), "one too many").await;
    assert!(!kept.expect("it leaves the spool"));
    let SpoolPage { numbers, .. } = spool.oldest(None, 1, usize::MAX).await.expect("reads");
    assert!(numbers.is_empty());
}
