//! A sift stores every row that the store accepts, and names each other one.

use behavior_trace_core::Activity;

use super::{Dialect, ErrorClass, Shelf, on_every_database, on_every_store, row, rows};

on_every_store! {
    what_fits_is_stored_and_what_does_not_is_named
    a_batch_without_a_bad_row_is_stored_whole
    a_batch_of_bad_rows_leaves_nothing
    a_batch_that_was_stored_is_no_refusal
}

mod by_the_host {
    use super::*;

    on_every_database! {
        one_row_in_ten_that_a_check_refuses_steps_aside
        a_row_that_a_trigger_refuses_steps_aside
    }

    async fn one_row_in_ten_that_a_check_refuses_steps_aside(shelf: Shelf) {
        super::one_row_in_ten_that_a_check_refuses_steps_aside(shelf).await;
    }

    async fn a_row_that_a_trigger_refuses_steps_aside(shelf: Shelf) {
        super::a_row_that_a_trigger_refuses_steps_aside(shelf).await;
    }
}

mod by_the_server {
    use super::*;

    on_every_database! {
        what_no_row_can_cause_takes_back_everything
    }

    async fn what_no_row_can_cause_takes_back_everything(shelf: Shelf) {
        super::what_no_row_can_cause_takes_back_everything(shelf).await;
    }
}

/// Returns rows of which the selected ones are bad.
fn spoiled(count: i64, bad: impl Fn(usize) -> bool) -> Vec<Activity<'static>> {
    let mut rows = rows(count);
    for (number, row) in rows.iter_mut().enumerate() {
        if bad(number) {
            row.action = "x".repeat(256).into();
        }
    }
    rows
}

async fn what_fits_is_stored_and_what_does_not_is_named(shelf: Shelf) {
    for (count, bad) in [
        (1_200, vec![0, 7, 8, 999, 1_199]),
        (1, vec![0]),
        (10, vec![3]),
    ] {
        let sent = spoiled(count, |number| bad.contains(&number));
        let before = shelf.stored().await.len();
        let refused = shelf.connect().await.sift(&sent).await.expect("sifted");
        let indices: Vec<_> = refused.iter().map(|refusal| refusal.index).collect();
        assert_eq!(indices, bad);
        for refusal in &refused {
            let after = refusal.index + 1..sent.len();
            let passed = after.clone().any(|number| !bad.contains(&number));
            assert_eq!(refusal.passed_after, passed, "{refusal:?}");
            assert_eq!(refusal.error.class(), ErrorClass::Value, "{refusal:?}");
        }
        let stored = shelf.stored().await.len() - before;
        assert_eq!(stored, sent.len() - bad.len());
    }
}

async fn a_batch_without_a_bad_row_is_stored_whole(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    assert!(connection.sift(&[]).await.expect("sifted").is_empty());
    let sent = rows(1_311);
    assert!(connection.sift(&sent).await.expect("sifted").is_empty());
    let stored = shelf.stored().await;
    let ids = |rows: &[Activity<'static>]| rows.iter().map(|row| row.event_id).collect::<Vec<_>>();
    assert_eq!(
        ids(&stored),
        ids(&sent),
        "in the order in which they were sent"
    );
}

async fn a_batch_of_bad_rows_leaves_nothing(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    let refused = connection
        .sift(&spoiled(30, |_| true))
        .await
        .expect("sifted");
    assert_eq!(refused.len(), 30);
    assert!(refused.iter().all(|refusal| !refusal.passed_after));
    assert_eq!(shelf.stored().await, []);
    connection
        .insert(&rows(2))
        .await
        .expect("the session is still good");
}

async fn a_batch_that_was_stored_is_no_refusal(shelf: Shelf) {
    let sent = rows(40);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..25]).await.expect("stored");
    for _ in 0..2 {
        assert!(connection.sift(&sent).await.expect("sifted").is_empty());
    }
    assert_eq!(shelf.stored().await.len(), 40);
}

async fn one_row_in_ten_that_a_check_refuses_steps_aside(shelf: Shelf) {
    let text = match shelf.dialect() {
        // SQLite cannot add a check to an existing table.
        Dialect::Sqlite => {
            "CREATE TRIGGER short BEFORE INSERT ON operational_activity WHEN NEW.resource_id LIKE '%3' \
             BEGIN SELECT RAISE(ABORT, 'no threes'); END"
        }
        _ => {
            "ALTER TABLE operational_activity ADD CONSTRAINT no_threes CHECK (resource_id NOT LIKE '%3')"
        }
    };
    shelf.sql(text).await;
    steps_aside(&shelf).await;
}

async fn a_row_that_a_trigger_refuses_steps_aside(shelf: Shelf) {
    let text = match shelf.dialect() {
        Dialect::Sqlite => {
            "CREATE TRIGGER short AFTER INSERT ON operational_activity WHEN NEW.resource_id LIKE '%3' \
             BEGIN SELECT RAISE(ABORT, 'no threes'); END"
        }
        _ => {
            "CREATE TRIGGER short BEFORE INSERT ON operational_activity FOR EACH ROW \
             BEGIN IF NEW.resource_id LIKE '%3' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no threes'; END IF; END"
        }
    };
    shelf.sql(text).await;
    steps_aside(&shelf).await;
}

#[tokio::test]
async fn a_trigger_that_takes_back_the_transaction_loses_no_row_unsaid() {
    let shelf = Shelf::sqlite().await;
    shelf
        .sql(
            "CREATE TRIGGER short BEFORE INSERT ON operational_activity WHEN NEW.resource_id = '30' \
             BEGIN SELECT RAISE(ROLLBACK, 'no thirties'); END",
        )
        .await;
    let mut connection = shelf.connect().await;
    let error = connection.sift(&rows(60)).await.expect_err("all is gone");
    assert_eq!(error.class(), ErrorClass::Rule, "{error}");
    assert_eq!(shelf.stored().await, []);
    connection
        .insert(&[row(1)])
        .await
        .expect("the session is still good");
}

async fn steps_aside(shelf: &Shelf) {
    let sent = rows(1_000);
    let mut connection = shelf.connect().await;
    let error = connection
        .insert(&sent)
        .await
        .expect_err("a hundred are bad");
    assert_eq!(error.class(), ErrorClass::Rule, "{error}");
    let refused = connection.sift(&sent).await.expect("sifted");
    assert_eq!(refused.len(), 100);
    for refusal in refused {
        assert_eq!(refusal.index % 10, 3);
        assert_eq!(refusal.error.class(), ErrorClass::Rule, "{refusal:?}");
        assert!(refusal.passed_after);
    }
    assert_eq!(shelf.stored().await.len(), 900);
}

/// An error that no row can cause occurs in the middle of the rows.
async fn what_no_row_can_cause_takes_back_everything(shelf: Shelf) {
    let text = match shelf.dialect() {
        Dialect::Sqlite => {
            "CREATE TABLE once (number UNIQUE); INSERT INTO once VALUES (700); \
             CREATE TRIGGER gone AFTER INSERT ON operational_activity WHEN NEW.resource_id = '700' \
             BEGIN INSERT INTO once VALUES (700); END"
        }
        _ => {
            "CREATE TRIGGER gone BEFORE INSERT ON operational_activity FOR EACH ROW \
             BEGIN IF NEW.resource_id = '700' THEN INSERT INTO missing VALUES (1); END IF; END"
        }
    };
    shelf.sql(text).await;
    let sent = spoiled(1_000, |number| number == 3);
    let mut connection = shelf.connect().await;
    let error = connection.sift(&sent).await.expect_err("not a row's");
    assert_eq!(
        (error.class(), error.stored()),
        (ErrorClass::Configuration, 0),
        "{error}"
    );
    assert_eq!(shelf.stored().await, []);
    connection
        .insert(&[row(1)])
        .await
        .expect("the session is still good");
}
