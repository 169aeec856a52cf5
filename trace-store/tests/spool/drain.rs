//! Spools that another program drains into a database.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use behavior_trace_core::{Activity, Timestamp, activity};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query_scalar, raw_sql};
use tempfile::TempDir;

use super::super::drain::{Drain, DrainReport, Stop};
use super::super::slot::Slots;
use super::super::spool_file::Spool;
use super::super::{DeadLetters, SpoolFile as _, Spools};
use super::{directory, keep, leave_first_format, open, row, rows};
use crate::Migrations;
use crate::delivery::Configured;
use crate::store::{DatabaseUrl, ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};

/// A database in a file.
struct Database {
    directory: TempDir,
    url: DatabaseUrl,
}

impl Database {
    async fn new() -> Self {
        let directory = directory();
        let path = directory.path().join("activity.db");
        let url: DatabaseUrl = format!("sqlite:{}", path.display()).parse().expect("a URL");
        Migrations::new(&url).run().await.expect("migrates");
        Self { directory, url }
    }

    async fn connect(&self) -> SqliteConnection {
        let path = self.directory.path().join("activity.db");
        let url = format!("sqlite:{}", path.display());
        SqliteConnection::connect(&url).await.expect("connects")
    }

    async fn run(&self, script: &'static str) {
        let mut connection = self.connect().await;
        raw_sql(script)
            .execute(&mut connection)
            .await
            .expect("runs");
        connection.close().await.expect("closes");
    }

    /// Returns the number of rows and of different events.
    async fn stored(&self) -> (i64, i64) {
        let mut connection = self.connect().await;
        let mut count = async |question: &'static str| {
            let count: i64 = query_scalar(question)
                .fetch_one(&mut connection)
                .await
                .expect("counts");
            count
        };
        (
            count("SELECT count(*) FROM operational_activity").await,
            count("SELECT count(DISTINCT event_id) FROM operational_activity").await,
        )
    }
}

/// Leaves a dead process's spool with these rows.
async fn leave(directory: &Path, rows: &[Activity<'_>]) {
    let (mut spool, ..) = open(directory).await;
    spool.append(rows).await.expect("room");
    spool.close().await;
}

fn called(action: &'static str) -> Activity<'static> {
    activity! { action: action.into(), ..row(1) }
}

#[tokio::test]
async fn a_dead_processs_spool_is_stored_and_its_file_is_removed() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(2500)).await;
    let spools = Spools::new(directory.path());
    let mut seen = Vec::new();
    let report = spools
        .drain(0, &database.url, |so_far| seen.push(so_far.stored))
        .await
        .expect("drains");
    assert_eq!((report.stored, report.left), (2500, 0));
    assert_eq!(report.left_because, None);
    assert!(seen.len() >= 3 && seen.is_sorted(), "{seen:?}");
    assert_eq!(database.stored().await, (2500, 2500));
    assert!(!directory.path().join("0/spool.db").exists());
    let again = spools.drain(0, &database.url, |_| ()).await;
    assert_eq!(again.expect("nothing to do"), DrainReport::default());
}

#[tokio::test]
async fn what_the_database_has_already_is_stored_once() {
    let (directory, database) = (directory(), Database::new().await);
    let rows = rows(300);
    let spools = Spools::new(directory.path());
    for part in [&rows[..200], &rows[100..]] {
        leave(directory.path(), part).await;
        let report = spools.drain(0, &database.url, |_| ()).await;
        assert_eq!(report.expect("drains").stored, 200);
    }
    assert_eq!(database.stored().await, (300, 300));
}

#[tokio::test]
async fn a_live_slot_is_refused_by_its_number() {
    let (directory, database) = (directory(), Database::new().await);
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(10)).await.expect("room");
    let spools = Spools::new(directory.path());
    let error = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect_err("the owner lives");
    assert!(error.is_locked() && !error.is_of_database(), "{error}");
    let told = error.to_string();
    assert!(
        told.contains("slot 0") && told.contains("stop that process or wait"),
        "{told}"
    );
    assert_eq!(spool.rows().await.expect("counts"), 10);
    let error = spools.drain(5, &database.url, |_| ()).await;
    assert!(error.expect_err("no such slot").is_missing());
    let memory = "memory:".parse().expect("a URL");
    spool.close().await;
    let error = spools.drain(0, &memory, |_| ()).await.expect_err("memory");
    assert!(error.to_string().contains("database"), "{error}");
    assert_eq!(open(directory.path()).await.1, 10);
}

#[tokio::test]
async fn a_drain_that_met_an_error_goes_on_later() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(2500)).await;
    let spools = Spools::new(directory.path());
    database
        .run("ALTER TABLE operational_activity RENAME TO elsewhere")
        .await;
    let error = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect_err("no table");
    assert!(error.to_string().contains("slot 0"), "{error}");
    assert!(error.is_of_database(), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    database
        .run("ALTER TABLE elsewhere RENAME TO operational_activity")
        .await;
    let report = spools.drain(0, &database.url, |_| ()).await;
    assert_eq!(report.expect("drains").stored, 2500);
    assert_eq!(database.stored().await, (2500, 2500));
}

#[tokio::test]
async fn a_bad_row_becomes_a_dead_letter_and_the_others_are_stored() {
    let (directory, database) = (directory(), Database::new().await);
    database
        .run(
            "CREATE TRIGGER rule BEFORE INSERT ON operational_activity WHEN NEW.action = 'bad.update' \
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
        )
        .await;
    let mut spooled = rows(20);
    spooled[7] = called("bad.update");
    // No other row passes after this one, so nothing proves it bad.
    spooled.push(called("bad.update"));
    leave(directory.path(), &spooled).await;
    let spools = Spools::new(directory.path());
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!(
        (report.stored, report.dead_lettered, report.left),
        (19, 1, 1)
    );
    let because = report.left_because.expect("a reason");
    assert!(because.contains("not this one"), "{because}");
    let letters = DeadLetters::new(directory.path());
    let found = letters.list().await.expect("readable");
    assert_eq!(found.len(), 1);
    assert!(found[0].reason.contains("not this one"), "{found:?}");
    assert_eq!(found[0].activity.as_ref(), Some(&spooled[7]));
    // The cause is gone.
    database.run("DROP TRIGGER rule").await;
    letters.requeue(found[0].id).await.expect("requeued");
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!((report.stored, report.left), (2, 0));
    assert_eq!(database.stored().await, (21, 21));
}

#[tokio::test]
async fn a_database_that_refuses_every_row_costs_none() {
    let (directory, database) = (directory(), Database::new().await);
    database
        .run(
            "CREATE TRIGGER rule BEFORE INSERT ON operational_activity BEGIN SELECT RAISE(ABORT, 'read only'); END",
        )
        .await;
    leave(directory.path(), &rows(500)).await;
    let spools = Spools::new(directory.path());
    let error = spools.drain(0, &database.url, |_| ()).await;
    let error = error.expect_err("none passes").to_string();
    assert!(error.contains("read only"), "{error}");
    let listed = spools.list().await.expect("reads");
    assert_eq!(
        (listed[0].rows, listed[0].dead_letters),
        (Some(500), Some(0))
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_becomes_a_dead_letter_of_its_text() {
    let (directory, database) = (directory(), Database::new().await);
    let (mut spool, ..) = open(directory.path()).await;
    raw_sql("INSERT INTO spool (row) VALUES ('{\"half\":')")
        .execute(&mut spool.connection)
        .await
        .expect("written");
    spool.append(&rows(3)).await.expect("room");
    assert!(
        keep(&mut spool, None, &row(1), "before")
            .await
            .expect("room")
    );
    spool.close().await;
    let spools = Spools::new(directory.path());
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!((report.stored, report.dead_lettered), (3, 1));
    let letters = DeadLetters::new(directory.path()).list().await;
    let letters = letters.expect("readable");
    let texts: Vec<_> = letters.iter().map(|letter| letter.text.as_str()).collect();
    assert_eq!((texts.len(), texts[1]), (2, "{\"half\":"));
}

#[tokio::test]
async fn a_damaged_file_is_left_as_it_is() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(1000)).await;
    let file = directory.path().join("0/spool.db");
    let mut bytes = fs::read(&file).expect("readable");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    fs::write(&file, &bytes).expect("writable");
    let aside = directory.path().join("0/damaged-1.db");
    fs::write(&aside, "damaged").expect("written");
    let spools = Spools::new(directory.path());
    let error = spools.drain(0, &database.url, |_| ()).await;
    let error = error.expect_err("damaged").to_string();
    assert!(
        error.contains("0/spool.db") && error.contains("a recorder"),
        "{error}"
    );
    assert!(fs::read(&file).expect("readable") == bytes);
    fs::remove_file(&file).expect("removed");
    leave(directory.path(), &rows(3)).await;
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!(
        (report.stored, report.damaged_files),
        (3, vec![aside.clone()])
    );
    assert_eq!(fs::read(&aside).expect("readable"), b"damaged");
}

#[tokio::test]
async fn a_file_of_the_first_format_is_listed_and_drained() {
    let (directory, database) = (directory(), Database::new().await);
    leave_first_format(directory.path()).await;
    let letters = DeadLetters::new(directory.path());
    assert!(letters.list().await.expect("readable").is_empty());
    let id = "0/1".parse().expect("an id");
    assert!(letters.remove(id).await.expect_err("none").is_missing());
    let spools = Spools::new(directory.path());
    let listed = spools.list().await.expect("reads");
    assert_eq!((listed[0].rows, listed[0].dead_letters), (Some(1), Some(0)));
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!((report.stored, report.left), (1, 0));
    assert_eq!(database.stored().await, (1, 1));
}

/// A database whose answer to one insert is lost: the rows are stored, and the error says nothing.
#[derive(Clone)]
struct Unreliable {
    database: Configured,
    inserts: Arc<AtomicUsize>,
    /// The inserts that fail, and how.
    fails: fn(usize) -> Option<ErrorClass>,
}

type Open = (<Configured as StoreDriver>::Connection, Unreliable);

impl StoreDriver for Unreliable {
    type Connection = Open;

    async fn connect(&self) -> Result<Open, StoreError> {
        Ok((self.database.connect().await?, self.clone()))
    }

    fn name(connection: &Open) -> Option<SessionName> {
        Configured::name(&connection.0)
    }

    async fn end(connection: &mut Open, session: &SessionName) -> Result<SessionEnd, StoreError> {
        Configured::end(&mut connection.0, session).await
    }

    async fn check(&self, connection: &mut Open) -> Result<(), StoreError> {
        self.database.check(&mut connection.0).await
    }

    async fn insert(connection: &mut Open, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        Configured::insert(&mut connection.0, rows).await?;
        let number = connection.1.inserts.fetch_add(1, Ordering::Relaxed);
        match (connection.1.fails)(number) {
            Some(class) => Err(StoreError::new(class, format!("insert {number} failed"))),
            None => Ok(()),
        }
    }

    async fn sift(
        connection: &mut Open,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        Configured::sift(&mut connection.0, rows).await
    }

    async fn probe(connection: &mut Open, occurred_at: Timestamp) -> Result<(), StoreError> {
        Configured::probe(&mut connection.0, occurred_at).await
    }

    async fn close(connection: Open) {
        Configured::close(connection.0).await;
    }
}

/// Drains the first slot through a driver, whose failures the test scripts.
async fn drain(
    directory: &Path,
    database: &Database,
    fails: fn(usize) -> Option<ErrorClass>,
    progress: impl FnMut(&DrainReport) + Send,
) -> Result<DrainReport, Stop> {
    let slot = Slots::new(directory).lock(0).expect("locks").expect("free");
    let mut spool = Spool::open_checked(slot).await.expect("opens");
    let driver = Unreliable {
        database: Configured::new(&database.url, false, Duration::from_secs(5)),
        inserts: Arc::default(),
        fails,
    };
    let result = Drain::new(driver, &mut spool, DrainReport::default())
        .run(progress)
        .await;
    spool.close().await;
    result
}

#[tokio::test]
async fn rows_whose_answer_is_lost_are_sent_again_and_stored_once() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(2500)).await;
    let fails = |number| (number == 1).then_some(ErrorClass::UnknownOutcome);
    let report = drain(directory.path(), &database, fails, |_| ());
    let report = report.await.expect("drains");
    assert_eq!((report.stored, report.left), (2500, 0));
    assert_eq!(database.stored().await, (2500, 2500));
}

#[tokio::test]
async fn a_database_that_goes_away_in_the_middle_stops_the_drain_and_loses_nothing() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(2500)).await;
    let fails = |number| (number > 0).then_some(ErrorClass::Unavailable);
    let stopped = drain(directory.path(), &database, fails, |_| ());
    let Err(Stop::Store(error)) = stopped.await else {
        panic!("the store is away");
    };
    assert_eq!(error.class(), ErrorClass::Unavailable);
    let left = open(directory.path()).await.1;
    assert!((1..2500).contains(&left), "{left}");
    let spools = Spools::new(directory.path());
    let report = spools
        .drain(0, &database.url, |_| ())
        .await
        .expect("drains");
    assert_eq!(report.stored, left);
    assert_eq!(database.stored().await, (2500, 2500));
}

#[tokio::test]
async fn the_rows_in_front_of_an_error_are_reported_before_it() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(1000)).await;
    // Half of the rows pass where all of them met a limit of the server, and the other half meets the outage.
    let fails = |number| match number {
        0 => Some(ErrorClass::Server),
        1 => None,
        _ => Some(ErrorClass::Unavailable),
    };
    let mut seen = Vec::new();
    let stopped = drain(directory.path(), &database, fails, |so_far| {
        seen.push(so_far.stored);
    });
    assert!(matches!(stopped.await, Err(Stop::Store(_))));
    assert_eq!(seen.len(), 1, "{seen:?}");
    let left = open(directory.path()).await.1;
    assert!((1..1000).contains(&seen[0]), "{seen:?}");
    assert_eq!(seen[0] + left, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_runs_in_a_task_of_any_thread() {
    let (directory, database) = (directory(), Database::new().await);
    leave(directory.path(), &rows(3)).await;
    let (spools, url) = (Spools::new(directory.path()), database.url.clone());
    let drained = tokio::spawn(async move { spools.drain(0, &url, |_| ()).await });
    let report = drained.await.expect("no panic").expect("drains");
    assert_eq!(report.stored, 3);
    let letters = DeadLetters::new(directory.path());
    let listed = tokio::spawn(async move { letters.list().await });
    assert!(listed.await.expect("no panic").expect("reads").is_empty());
}
