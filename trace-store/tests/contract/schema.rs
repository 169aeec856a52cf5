//! The schema check, on tables that do and do not fit.

use super::{Dialect, ErrorClass, Shelf, on_every_database, rows};

on_every_database! {
    a_migrated_table_will_do
    a_missing_table_is_a_matter_of_configuration
    a_missing_column_is_a_matter_of_configuration
    a_column_of_a_later_release_does_no_harm
    a_table_without_the_unique_key_is_refused
}

async fn a_migrated_table_will_do(shelf: Shelf) {
    shelf
        .connect()
        .await
        .check_schema()
        .await
        .expect("it will do");
}

async fn a_missing_table_is_a_matter_of_configuration(shelf: Shelf) {
    shelf.sql("DROP TABLE operational_activity").await;
    refused(&shelf, true).await;
}

async fn a_missing_column_is_a_matter_of_configuration(shelf: Shelf) {
    shelf
        .sql("ALTER TABLE operational_activity DROP COLUMN user_agent")
        .await;
    refused(&shelf, true).await;
}

async fn a_column_of_a_later_release_does_no_harm(shelf: Shelf) {
    shelf
        .sql("ALTER TABLE operational_activity ADD COLUMN tenant TEXT NULL")
        .await;
    let mut connection = shelf.connect().await;
    connection.check_schema().await.expect("it will do");
    connection.insert(&rows(3)).await.expect("stored");
}

async fn a_table_without_the_unique_key_is_refused(shelf: Shelf) {
    let text = match shelf.dialect() {
        Dialect::Sqlite => "DROP INDEX operational_activity_event",
        _ => "DROP INDEX operational_activity_event ON operational_activity",
    };
    shelf.sql(text).await;
    refused(&shelf, false).await;
}

/// Asserts that the check fails, and with `insert_too` that an insert does too.
async fn refused(shelf: &Shelf, insert_too: bool) {
    let mut connection = shelf.connect().await;
    let error = connection.check_schema().await.expect_err("it will not do");
    assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
    if insert_too {
        let error = connection
            .insert(&rows(3))
            .await
            .expect_err("it will not do");
        assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
    }
}
