//! An export returns every stored row once.

use std::time::Duration;

use behavior_trace_core::activity;
use behavior_trace_servers::Kind;
use serde_json::Value;
use sqlx::{ConnectOptions as _, Connection as _};

use super::follow::truncate;
use super::{Shelf, on_every_database, on_every_store, row, rows};
use crate::export::{Export, ExportFormat};
use crate::reader::Reader;
use crate::store::Target;
use crate::store::mysql::insert_all;

on_every_store! {
    an_export_hands_over_every_row_once_and_goes_on_where_it_ended
    a_line_of_json_says_what_the_row_says
    a_table_of_csv_has_a_line_a_row
    a_table_for_a_spreadsheet_has_no_formula_of_a_stored_text
    rows_that_came_late_are_in_the_next_export
    a_filtered_export_goes_on_where_it_ended
    an_export_after_an_id_that_is_still_to_be_given_is_an_error
}

mod archived {
    use super::{
        Shelf, an_archive_does_not_hide_that_the_ids_began_anew,
        an_export_spans_the_archive_if_asked, on_every_database,
    };

    on_every_database! {
        an_archive_does_not_hide_that_the_ids_began_anew
        an_export_spans_the_archive_if_asked
    }
}

fn export(shelf: &Shelf) -> Export {
    Reader::new(&shelf.url)
        .export()
        .settle_delay(Duration::ZERO)
}

async fn lines(export: Export) -> (Vec<Value>, u64) {
    let mut text = Vec::new();
    let exported = export.write_to(&mut text, |_| ()).await.expect("exported");
    let text = String::from_utf8(text).expect("UTF-8");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert_eq!(lines.len() as u64, exported.rows);
    (lines, exported.last_id)
}

/// More ids than one window covers, so that there are windows without a row.
async fn a_filtered_export_goes_on_where_it_ended(shelf: Shelf) {
    let mut sent = rows(21_500);
    for (number, row) in sent.iter_mut().enumerate() {
        if number % 7_000 == 3 {
            row.action = "rare.update".into();
        }
    }
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..14_500]).await.expect("stored");
    let rare = || export(&shelf).action("rare.update");
    let events = |lines: &[Value]| -> Vec<String> {
        let event = |line: &Value| line["event_id"].as_str().expect("a text").to_owned();
        lines.iter().map(event).collect()
    };
    let expected = |rows: &[behavior_trace_core::Activity<'_>]| -> Vec<String> {
        let rare = rows.iter().filter(|row| row.action == "rare.update");
        rare.map(|row| row.event_id.to_string()).collect()
    };
    let (first, last_id) = lines(rare()).await;
    assert_eq!(events(&first), expected(&sent[..14_500]));
    connection.insert(&sent[14_500..]).await.expect("stored");
    let (second, _) = lines(rare().after_id(last_id)).await;
    assert_eq!(events(&second), expected(&sent[14_500..]));
    let (all, _) = lines(rare()).await;
    assert_eq!(events(&all), expected(&sent));
    let (other, _) = lines(export(&shelf).action("nothing.update")).await;
    assert_eq!(other, [Value::Null; 0]);
}

async fn an_export_hands_over_every_row_once_and_goes_on_where_it_ended(shelf: Shelf) {
    let sent = rows(2_300);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..2_100]).await.expect("stored");
    let mut seen = Vec::new();
    let mut told = Vec::new();
    let exported = export(&shelf)
        .write_to(&mut seen, |progress| told.push(progress.rows))
        .await
        .expect("exported");
    assert_eq!(
        (exported.rows, told.as_slice()),
        (2_100, [64, 1_064, 2_064, 2_100].as_slice())
    );
    connection.insert(&sent[2_100..]).await.expect("stored");
    let (more, last_id) = lines(export(&shelf).after_id(exported.last_id)).await;
    let events: Vec<_> = more
        .iter()
        .map(|line| line["event_id"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(
        events,
        sent[2_100..]
            .iter()
            .map(|row| row.event_id.to_string())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        lines(export(&shelf).after_id(last_id)).await.0,
        Vec::<Value>::new()
    );
}

async fn a_line_of_json_says_what_the_row_says(shelf: Shelf) {
    let sent = activity! {
        payload: "{\n  \"text\": \"two\\nlines \u{1F600}\"\r\n}".into(),
        user_agent: Some("a\nb\"c".into()),
        ip_address: None,
        ..row(7)
    };
    shelf
        .connect()
        .await
        .insert(std::slice::from_ref(&sent))
        .await
        .expect("stored");
    let (lines, _) = lines(export(&shelf)).await;
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(line["payload"]["text"], "two\nlines \u{1F600}");
    assert_eq!(line["user_agent"], "a\nb\"c");
    assert_eq!(line["ip_address"], Value::Null);
    assert_eq!(line["actor_id"], 7);
    assert_eq!(line["occurred_at"], sent.occurred_at.to_rfc3339());
}

async fn a_table_of_csv_has_a_line_a_row(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&rows(3))
        .await
        .expect("stored");
    let mut text = Vec::new();
    export(&shelf)
        .format(ExportFormat::Csv)
        .write_to(&mut text, |_| ())
        .await
        .expect("exported");
    let text = String::from_utf8(text).expect("UTF-8");
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("id,event_id,occurred_at,"));
    assert!(lines[3].contains(",user.update,User,2,"), "{}", lines[3]);
}

async fn a_table_for_a_spreadsheet_has_no_formula_of_a_stored_text(shelf: Shelf) {
    let hostile = activity! {
        actor_id: Some(-5),
        resource_id: Some("-7".into()),
        user_agent: Some("=HYPERLINK(\"http://x\")".into()),
        ..row(7)
    };
    let sent = std::slice::from_ref(&hostile);
    shelf.connect().await.insert(sent).await.expect("stored");
    let mut text = Vec::new();
    let export = export(&shelf).format(ExportFormat::SpreadsheetCsv);
    let exported = export.write_to(&mut text, |_| ()).await;
    assert_eq!(exported.expect("exported").rows, 1);
    let text = String::from_utf8(text).expect("UTF-8");
    assert!(text.starts_with("id,event_id,occurred_at,"), "{text}");
    assert!(text.contains(",ADMIN,-5,user.update,User,'-7,"), "{text}");
    let end = ",\"'=HYPERLINK(\"\"http://x\"\")\"\r\n";
    assert!(text.ends_with(end), "{text}");
}

/// Rows from a spool have old times and new ids.
async fn rows_that_came_late_are_in_the_next_export(shelf: Shelf) {
    let sent = rows(20);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[10..]).await.expect("stored");
    let (_, last_id) = lines(export(&shelf)).await;
    connection.insert(&sent[..10]).await.expect("drained");
    assert_eq!(lines(export(&shelf).after_id(last_id)).await.0.len(), 10);
}

/// A row gets its id first and becomes visible last. An export that does not wait for it misses it.
async fn a_row_that_is_seen_late_is_waited_for(kind: Kind) {
    let shelf = Shelf::server(kind, "a_row_that_is_seen_late_is_waited_for").await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut host = options.connect().connect().await.expect("a connection");
    let mut transaction = host.begin().await.expect("begun");
    let first = insert_all(&mut transaction, &[row(1)]).await;
    first.expect("under way");
    let second = shelf.connect().await.insert(&[row(2)]).await;
    second.expect("stored");
    let (at_once, last_id) = lines(export(&shelf)).await;
    assert_eq!(
        (at_once.len(), at_once[0]["actor_id"].as_i64()),
        (1, Some(2))
    );
    let settling = export(&shelf).settle_delay(Duration::from_secs(1));
    let (settled, committed) = tokio::join!(lines(settling), transaction.commit());
    committed.expect("committed");
    let actors: Vec<_> = settled
        .0
        .iter()
        .map(|line| line["actor_id"].as_i64())
        .collect();
    assert_eq!((actors, settled.1), (vec![Some(1), Some(2)], last_id));
}

#[tokio::test]
async fn a_row_that_is_seen_late_is_waited_for_on_mariadb() {
    a_row_that_is_seen_late_is_waited_for(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_row_that_is_seen_late_is_waited_for_on_mysql() {
    a_row_that_is_seen_late_is_waited_for(Kind::MySql).await;
}

/// The oldest rows are only in the archive, some are in both tables as during a move, and the rest are only in the live
/// table.
async fn an_export_spans_the_archive_if_asked(shelf: Shelf) {
    let sent = rows(2_300);
    shelf.connect().await.insert(&sent).await.expect("stored");
    shelf.sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity WHERE actor_id < 1500 ORDER BY id").await;
    shelf
        .sql("DELETE FROM operational_activity WHERE actor_id < 1400")
        .await;
    let (live, _) = lines(export(&shelf)).await;
    assert_eq!(live.len(), 900);
    let (all, last_id) = lines(export(&shelf).with_archive()).await;
    let actors: Vec<_> = all.iter().map(|line| line["actor_id"].as_i64()).collect();
    assert_eq!(actors, (0..2_300).map(Some).collect::<Vec<_>>());
    assert_eq!(all.last().expect("a line")["id"], last_id);
    shelf.sql("DELETE FROM operational_activity").await;
    let (archived, last_id) = lines(export(&shelf).with_archive()).await;
    assert_eq!(
        (archived.len(), &all[1_499]["id"]),
        (1_500, &last_id.into())
    );
}

async fn an_export_after_an_id_that_is_still_to_be_given_is_an_error(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.insert(&rows(3)).await.expect("stored");
    let (_, last_id) = lines(export(&shelf)).await;
    let (none, _) = lines(export(&shelf).after_id(last_id)).await;
    assert!(none.is_empty());
    for after in [last_id + 1_000, u64::MAX] {
        let failed = export(&shelf).after_id(after);
        let failed = failed.write_to(&mut Vec::new(), |_| ()).await;
        let error = failed.expect_err("ids that are to be given").to_string();
        assert!(error.contains("begin at 0"), "{error}");
    }
}

/// The archive has the last id that was exported, and the live table gives it once more.
async fn an_archive_does_not_hide_that_the_ids_began_anew(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.insert(&rows(3)).await.expect("stored");
    let (_, last_id) = lines(export(&shelf).with_archive()).await;
    shelf
        .sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity ORDER BY id")
        .await;
    shelf.sql("DELETE FROM operational_activity").await;
    let (none, _) = lines(export(&shelf).with_archive().after_id(last_id)).await;
    assert!(none.is_empty(), "retention took all rows");
    truncate(&shelf).await;
    connection.insert(&rows(1)).await.expect("stored");
    let failed = export(&shelf).with_archive().after_id(last_id);
    let failed = failed.write_to(&mut Vec::new(), |_| ()).await;
    let error = failed.expect_err("another table").to_string();
    assert!(error.contains("begin at 0"), "{error}");
}
