//! Each row appears once over all pages.

use std::collections::BTreeSet;

use behavior_trace_core::Activity;
use behavior_trace_core::activity;

use super::{Shelf, on_every_store, row, rows};
use crate::query::{Query, StoredActivity};
use crate::reader::Reader;

on_every_store! {
    paging_meets_each_row_once_in_both_orders
    rows_stored_while_paging_neither_hide_nor_repeat_another
    a_stream_meets_every_row
    a_count_stops_where_it_was_told
    a_cursor_of_another_query_is_refused
    a_page_has_no_more_rows_than_it_may
}

pub(super) fn query(shelf: &Shelf) -> Query {
    Reader::new(&shelf.url).query()
}

/// Returns rows of which many share a timestamp, so that the id decides.
fn crowded(count: i64) -> Vec<Activity<'static>> {
    (0..count)
        .map(|number| {
            activity! {
                occurred_at: row(number / 7).occurred_at,
                ..row(number)
            }
        })
        .collect()
}

pub(super) async fn walk(mut query: Query) -> Vec<StoredActivity> {
    let mut seen = Vec::new();
    loop {
        let page = query.fetch().await.expect("a page");
        seen.extend(page.items);
        match page.next {
            // The cursor goes through its text form, as with a client of the application.
            Some(next) => query = query.after(next.to_string().parse().expect("our own")),
            None => return seen,
        }
    }
}

async fn paging_meets_each_row_once_in_both_orders(shelf: Shelf) {
    let sent = crowded(143);
    shelf.connect().await.insert(&sent).await.expect("stored");
    let oldest = walk(query(&shelf).oldest_first().limit(10)).await;
    let ids = |rows: &[StoredActivity]| {
        rows.iter()
            .map(|row| row.activity.event_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&oldest),
        sent.iter().map(|row| row.event_id).collect::<Vec<_>>()
    );
    let mut newest = walk(query(&shelf).newest_first().limit(11)).await;
    newest.reverse();
    assert_eq!(newest, oldest);
}

async fn rows_stored_while_paging_neither_hide_nor_repeat_another(shelf: Shelf) {
    let before: Vec<_> = (0..200)
        .map(|number| {
            activity! {
                occurred_at: row(1_000 + number / 9).occurred_at,
                ..row(number)
            }
        })
        .collect();
    let mut connection = shelf.connect().await;
    connection.insert(&before).await.expect("stored");
    for order in [Query::newest_first, Query::oldest_first] {
        let mut query = order(query(&shelf)).limit(9);
        let mut seen = Vec::new();
        for page_number in 0.. {
            let page = query.fetch().await.expect("a page");
            seen.extend(page.items.iter().map(|row| row.activity.event_id));
            // These rows have positions before, between and behind those read, as from writers and a draining spool.
            let late: Vec<_> = (0..5)
                .map(|part| {
                    activity! {
                        occurred_at: row(990 + part * 9 + page_number % 5).occurred_at,
                        ..row(page_number)
                    }
                })
                .collect();
            connection.insert(&late).await.expect("stored");
            let Some(next) = page.next else { break };
            query = query.after(next);
            assert!(page_number <= 400, "the writer outran the reader");
        }
        let once: BTreeSet<_> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "a row was met twice");
        assert!(
            before.iter().all(|row| once.contains(&row.event_id)),
            "a row was skipped"
        );
    }
}

async fn a_stream_meets_every_row(shelf: Shelf) {
    let sent = crowded(95);
    shelf.connect().await.insert(&sent).await.expect("stored");
    let mut stream = query(&shelf).oldest_first().limit(10).stream();
    let mut seen = Vec::new();
    while let Some(row) = stream.next().await {
        seen.push(row.expect("a row").activity.event_id);
    }
    assert_eq!(
        seen,
        sent.iter().map(|row| row.event_id).collect::<Vec<_>>()
    );
    assert!(stream.next().await.is_none());
    let first = query(&shelf)
        .oldest_first()
        .first()
        .await
        .expect("an answer")
        .expect("a row");
    assert_eq!(first.activity.event_id, sent[0].event_id);
    assert_eq!(
        query(&shelf)
            .action("no.such")
            .first()
            .await
            .expect("an answer"),
        None
    );
}

async fn a_count_stops_where_it_was_told(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&rows(40))
        .await
        .expect("stored");
    for (most, expected) in [(0, 0), (39, 39), (40, 40), (41, 40), (u64::MAX, 40)] {
        assert_eq!(
            query(&shelf).count_up_to(most).await.expect("a count"),
            expected
        );
    }
    assert_eq!(
        query(&shelf)
            .resource("User", 3)
            .count_up_to(10)
            .await
            .expect("a count"),
        1
    );
}

async fn a_cursor_of_another_query_is_refused(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&rows(5))
        .await
        .expect("stored");
    let page = query(&shelf)
        .resource_type("User")
        .limit(2)
        .fetch()
        .await
        .expect("a page");
    let cursor = page.next.expect("more");
    let error = query(&shelf)
        .resource_type("Order")
        .after(cursor.clone())
        .fetch()
        .await
        .expect_err("another filter");
    assert!(error.is_cursor(), "{error}");
    let error = query(&shelf)
        .resource_type("User")
        .oldest_first()
        .after(cursor.clone())
        .fetch()
        .await
        .expect_err("another order");
    assert!(error.is_cursor(), "{error}");
    query(&shelf)
        .resource_type("User")
        .limit(3)
        .after(cursor)
        .fetch()
        .await
        .expect("the limit may change");
}

async fn a_page_has_no_more_rows_than_it_may(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&rows(1_100))
        .await
        .expect("stored");
    for (limit, expected) in [(0, 1), (1, 1), (7, 7), (usize::MAX, Query::MAX_LIMIT)] {
        let page = query(&shelf).limit(limit).fetch().await.expect("a page");
        assert_eq!(page.items.len(), expected);
        assert!(page.next.is_some());
    }
}
