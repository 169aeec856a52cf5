//! Rows that SQLite wrote are read from the pages unchanged, and arbitrary bytes do no harm.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, raw_sql};
use tempfile::tempdir;
use tokio::runtime::Runtime;

use super::super::damage::with_suffix;
use super::super::file::{Access, LAYOUT, SETTINGS, connect};
use super::leaf::{Content, PAGE, SalvagedTable, content};
use super::pages::Pages;

const TABLES: &str = "CREATE TABLE spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL); \
     CREATE TABLE dead_letter (seq INTEGER PRIMARY KEY AUTOINCREMENT, buried_at TEXT NOT NULL, reason TEXT NOT NULL, \
     row TEXT NOT NULL); CREATE TABLE salvage (file TEXT PRIMARY KEY, stage INTEGER NOT NULL)";

type Rows = BTreeMap<i64, Vec<u8>>;

async fn made(file: &Path) -> SqliteConnection {
    fs::write(file, "").expect("a file");
    let mut connection = connect(file, Access::Shared).await.expect("connects");
    for script in [LAYOUT, SETTINGS, TABLES] {
        raw_sql(script)
            .execute(&mut connection)
            .await
            .expect("made");
    }
    connection
}

async fn add(connection: &mut SqliteConnection, sizes: &[usize]) {
    for (number, size) in sizes.iter().enumerate() {
        let text: String = ('a'..='z').cycle().skip(number).take(*size).collect();
        for insert in [
            "INSERT INTO spool (row) VALUES (?)",
            "INSERT INTO dead_letter (buried_at, reason, row) VALUES ('now', 'too long', ?)",
        ] {
            let insert = query(insert).bind(&text);
            insert.execute(&mut *connection).await.expect("room");
        }
    }
}

async fn rows(connection: &mut SqliteConnection, table: &'static str) -> Rows {
    let text = format!("SELECT seq, CAST(row AS BLOB) FROM {table}");
    let found = sqlx::query_as(sqlx::AssertSqlSafe(text));
    let found: Vec<(i64, Vec<u8>)> = found.fetch_all(connection).await.expect("sound");
    found.into_iter().collect()
}

/// Returns the rows of each table and the number of unreadable pages.
fn scan(file: &Path) -> (Rows, Rows, usize) {
    let mut pages = Pages::open(file).expect("opens");
    let (mut spool, mut letters, mut unreadable) = (Rows::new(), Rows::new(), 0);
    for page in 1..=pages.count() {
        let reading = pages.read(page).expect("readable");
        unreadable += usize::from(reading.is_unreadable);
        for (table, found) in reading.rows {
            let known = match table {
                SalvagedTable::Spool => spool.insert(found.seq, found.row),
                SalvagedTable::DeadLetter => {
                    assert_eq!(
                        (&*found.buried_at, &*found.reason),
                        (&b"now"[..], &b"too long"[..])
                    );
                    letters.insert(found.seq, found.row)
                }
            };
            assert_eq!(known, None, "the row {} is there once", found.seq);
        }
    }
    (spool, letters, unreadable)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rows_are_found_with_and_without_the_log_and_delivered_ones_are_not(
        sizes in prop::collection::vec(prop_oneof![8 => 0..600_usize, 2 => 3000..20_000_usize], 1..200),
        more in prop::collection::vec(0..5000_usize, 0..50),
        delivered in 0..150_i64,
    ) {
        let directory = tempdir().expect("a directory");
        let (file, copy) = (directory.path().join("a.db"), directory.path().join("b.db"));
        let runtime = Runtime::new().expect("a runtime");
        let (spool, letters) = runtime.block_on(async {
            let mut connection = made(&file).await;
            add(&mut connection, &sizes).await;
            raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.expect("folded in");
            let delete = query("DELETE FROM spool WHERE seq <= ?").bind(delivered);
            delete.execute(&mut connection).await.expect("room");
            add(&mut connection, &more).await;
            let expected = (rows(&mut connection, "spool").await, rows(&mut connection, "dead_letter").await);
            for suffix in ["", "-wal"] {
                fs::copy(with_suffix(&file, suffix), with_suffix(&copy, suffix)).expect("copied");
            }
            connection.close().await.expect("closes");
            expected
        });
        prop_assert_eq!(scan(&file), (spool.clone(), letters.clone(), 0));
        prop_assert_eq!(scan(&copy), (spool, letters, 0));
    }

    #[test]
    fn no_page_whatever_is_on_it_is_too_much(
        mut page in prop::collection::vec(any::<u8>(), 0..=PAGE),
        head in prop::collection::vec(any::<u8>(), 0..16),
        is_first: bool,
    ) {
        let begin = if is_first { 100 } else { 0 };
        for (at, byte) in [13].into_iter().chain(head).enumerate() {
            if let Some(place) = page.get_mut(begin + at) {
                *place = byte;
            }
        }
        if let Content::Rows(cells) = content(&page, is_first) {
            for cell in cells.into_iter().flatten() {
                let mut left = 20;
                let read = cell.read(|_| {
                    left -= 1;
                    Ok::<_, ()>((left > 0).then(|| page.clone()))
                });
                prop_assert!(read.is_ok());
            }
        }
    }

    #[test]
    fn no_change_to_a_file_is_too_much(changes in prop::collection::vec((any::<u32>(), any::<u8>()), 1..40)) {
        let directory = tempdir().expect("a directory");
        let file = directory.path().join("a.db");
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut connection = made(&file).await;
            add(&mut connection, &[300; 60]).await;
            connection.close().await.expect("closes");
        });
        let mut bytes = fs::read(&file).expect("readable");
        for (place, byte) in changes {
            // Half of the changes are near the start of a page.
            let place = place as usize % bytes.len();
            let place = if place.is_multiple_of(2) { place / PAGE * PAGE + place % 16 } else { place };
            bytes[place] = byte;
        }
        fs::write(&file, bytes).expect("writable");
        let mut pages = Pages::open(&file).expect("opens");
        for page in 1..=pages.count() {
            prop_assert!(pages.read(page).is_ok());
        }
    }
}
