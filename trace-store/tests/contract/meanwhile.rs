//! Pages, and rows that are stored between their reads.
//!
//! The position of a row is its time and then its id, and neither ever changes. A page holds rows behind the position at
//! which the previous page ended. Therefore:
//!
//! - A row that existed at the first page, and was not deleted since, appears exactly once.
//! - No row appears twice.
//! - A row stored meanwhile appears if its position is behind the one reached. A late row with an older time thus appears to
//!   a reader that goes back in time, and a reader that has passed its position misses it.

use std::collections::{BTreeMap, BTreeSet};

use behavior_trace_core::Activity;
use behavior_trace_servers::Kind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::paging::{query, walk};
use super::{Shelf, on_every_store, row};
use crate::query::Query;

/// A scenario of one walk. The numbers are timestamps, few enough that many rows share one.
#[derive(Clone, Debug)]
struct Story {
    before: Vec<i64>,
    /// Rows stored after each page.
    between: Vec<Vec<i64>>,
    limit: usize,
    newest_first: bool,
}

fn story() -> impl Strategy<Value = Story> {
    let moment = || 0_i64..30;
    (
        vec(moment(), 0..60),
        vec(vec(moment(), 0..6), 0..12),
        1_usize..12,
        any::<bool>(),
    )
        .prop_map(|(before, between, limit, newest_first)| Story {
            before,
            between,
            limit,
            newest_first,
        })
}

fn stored_at(moments: &[i64]) -> Vec<Activity<'static>> {
    moments.iter().map(|moment| row(*moment)).collect()
}

/// Walks through a scenario and checks every row.
async fn walked(shelf: &Shelf, story: &Story) {
    let order = if story.newest_first {
        Query::newest_first
    } else {
        Query::oldest_first
    };
    let mut connection = shelf.connect().await;
    let before = stored_at(&story.before);
    connection.insert(&before).await.expect("stored");
    let mut due: BTreeSet<Uuid> = before.iter().map(|row| row.event_id).collect();
    let mut met = BTreeMap::<Uuid, u32>::new();
    let mut between = story.between.iter();
    let mut query = order(query(shelf)).limit(story.limit);
    loop {
        let page = query.fetch().await.expect("a page");
        for item in &page.items {
            *met.entry(item.activity.event_id).or_default() += 1;
        }
        let (Some(next), Some(last)) = (page.next, page.items.last()) else {
            break;
        };
        let reached = last.activity.occurred_at;
        let late = stored_at(between.next().map_or(&[], Vec::as_slice));
        connection.insert(&late).await.expect("stored");
        // At the same timestamp the id decides, and a new row has the highest.
        let is_due = |row: &&Activity| {
            if story.newest_first {
                row.occurred_at < reached
            } else {
                row.occurred_at >= reached
            }
        };
        due.extend(late.iter().filter(is_due).map(|row| row.event_id));
        query = query.after(next);
    }
    let once: BTreeMap<Uuid, u32> = due.into_iter().map(|event| (event, 1)).collect();
    assert_eq!(met, once, "{story:?}");
}

/// Runs this many scenarios, each in an empty table: of this database, or in memory.
fn stories(cases: u32, runtime: &Runtime, shelf: Option<&Shelf>) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let told = runner.run(&story(), |story| {
        let memory = Shelf::memory();
        let shelf = shelf.unwrap_or(&memory);
        runtime.block_on(async {
            shelf.sql("DELETE FROM operational_activity").await;
            walked(shelf, &story).await;
        });
        Ok(())
    });
    told.unwrap_or_else(|failed| panic!("{failed}"));
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

#[test]
fn each_row_is_met_once_whatever_is_stored_meanwhile_in_memory() {
    stories(256, &runtime(), None);
}

#[test]
fn each_row_is_met_once_whatever_is_stored_meanwhile_on_sqlite() {
    let runtime = runtime();
    let shelf = runtime.block_on(Shelf::sqlite());
    stories(48, &runtime, Some(&shelf));
}

fn stories_on(kind: Kind) {
    let runtime = runtime();
    let shelf = runtime.block_on(Shelf::server(kind, "whatever_is_stored_meanwhile"));
    stories(16, &runtime, Some(&shelf));
}

#[test]
fn each_row_is_met_once_whatever_is_stored_meanwhile_on_mariadb() {
    stories_on(Kind::MariaDb);
}

#[test]
fn each_row_is_met_once_whatever_is_stored_meanwhile_on_mysql() {
    stories_on(Kind::MySql);
}

on_every_store! {
    a_writer_at_work_neither_hides_a_row_nor_shows_one_twice
}

/// The writer does not wait for the pages, so its rows may appear or not, but never twice.
async fn a_writer_at_work_neither_hides_a_row_nor_shows_one_twice(shelf: Shelf) {
    let moments: Vec<_> = (0..600).map(|number| number % 40).collect();
    let before = stored_at(&moments);
    let mut connection = shelf.connect().await;
    connection.insert(&before).await.expect("stored");
    for order in [Query::newest_first, Query::oldest_first] {
        let mut connection = shelf.connect().await;
        let moments: Vec<_> = (0..40).collect();
        let writing = tokio::spawn(async move {
            for _ in 0..30 {
                connection
                    .insert(&stored_at(&moments))
                    .await
                    .expect("stored");
                tokio::task::yield_now().await;
            }
        });
        let met = walk(order(query(&shelf)).limit(13)).await;
        writing.await.expect("no panic");
        let once: BTreeSet<_> = met.iter().map(|row| row.activity.event_id).collect();
        assert_eq!(once.len(), met.len(), "a row was met twice");
        assert!(
            before.iter().all(|row| once.contains(&row.event_id)),
            "a row was skipped"
        );
    }
}
