//! Every inserted row is read back once.

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};

use super::{Shelf, on_every_store, row, rows};

on_every_store! {
    a_row_comes_back_as_it_was
    rows_keep_the_order_in_which_they_were_sent
    a_batch_sent_again_changes_nothing
    a_batch_that_overlaps_an_earlier_one_adds_what_is_new
    every_character_comes_back
    what_is_not_there_stays_away
    the_first_and_the_last_moment_come_back
    the_extremes_of_an_actor_id_come_back
    a_batch_of_nothing_is_stored
    large_rows_are_split_without_a_trace
    a_probe_leaves_no_row
}

/// Compares payloads by value, because servers may rewrite JSON.
#[track_caller]
fn assert_same(mut stored: Vec<Activity<'static>>, mut sent: Vec<Activity<'static>>) {
    for row in stored.iter_mut().chain(&mut sent) {
        let meaning: serde_json::Value = serde_json::from_str(&row.payload).expect("JSON");
        row.payload = meaning.to_string().into();
    }
    assert_eq!(stored, sent);
}

async fn a_row_comes_back_as_it_was(shelf: Shelf) {
    let sent = rows(1);
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn rows_keep_the_order_in_which_they_were_sent(shelf: Shelf) {
    let mut sent = rows(1_311);
    sent.reverse();
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn a_batch_sent_again_changes_nothing(shelf: Shelf) {
    let sent = rows(63);
    let mut connection = shelf.connect().await;
    connection.insert(&sent).await.expect("stored");
    connection.insert(&sent).await.expect("stored already");
    shelf
        .connect()
        .await
        .insert(&sent[7..20])
        .await
        .expect("stored already");
    assert_same(shelf.stored().await, sent);
}

async fn a_batch_that_overlaps_an_earlier_one_adds_what_is_new(shelf: Shelf) {
    let sent = rows(20);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..12]).await.expect("stored");
    connection.insert(&sent[8..]).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn every_character_comes_back(shelf: Shelf) {
    let texts = [
        "",
        " trailing ",
        "naïve – 日本語",
        "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "nul \0 inside",
        "'\"\\`%_\r\n\t\u{1b}[31m",
        "\u{202e}bidi",
        "\u{fffd}\u{10ffff}",
    ];
    let sent: Vec<_> = (0..)
        .zip(texts)
        .map(|(number, text)| {
            activity! {
                action: text.into(),
                resource_id: Some(text.into()),
                request_id: Some(text.into()),
                user_agent: Some(text.into()),
                payload: serde_json::json!({ "text": text }).to_string().into(),
                ..row(number)
            }
        })
        .collect();
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn what_is_not_there_stays_away(shelf: Shelf) {
    let sent = vec![activity! {
        actor_id: None,
        resource_id: None,
        correlation_id: None,
        request_id: None,
        route_name: None,
        ip_address: None,
        user_agent: None,
        ..row(0)
    }];
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn the_first_and_the_last_moment_come_back(shelf: Shelf) {
    let moments = [
        "1000-01-01 00:00:00.000000",
        "1969-12-31 23:59:59.999999",
        "9999-12-31 23:59:59.999999",
    ];
    let sent: Vec<_> = moments
        .into_iter()
        .map(|moment| {
            activity! {
                occurred_at: moment.parse::<Timestamp>().expect("a moment"),
                ..row(0)
            }
        })
        .collect();
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn the_extremes_of_an_actor_id_come_back(shelf: Shelf) {
    let sent: Vec<_> = [i64::MIN, -1, 0, i64::MAX]
        .into_iter()
        .map(|id| {
            activity! {
                actor_id: Some(id),
                ..row(0)
            }
        })
        .collect();
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn a_batch_of_nothing_is_stored(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&[])
        .await
        .expect("nothing to do");
    assert_eq!(shelf.stored().await, []);
}

async fn large_rows_are_split_without_a_trace(shelf: Shelf) {
    let filler = "x".repeat(60 * 1024);
    let sent: Vec<_> = (0..70)
        .map(|number| {
            activity! {
                payload: format!(r#"{{"filler":"{filler}"}}"#).into(),
                ..row(number)
            }
        })
        .collect();
    shelf.connect().await.insert(&sent).await.expect("stored");
    assert_same(shelf.stored().await, sent);
}

async fn a_probe_leaves_no_row(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.probe_small().await.expect("it would work");
    connection.close().await.expect("closed");
    assert_eq!(shelf.stored().await, []);
}
