//! A retention step opens only the partitions of its rows.

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::Kind;
use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Row as _, query_with};

use super::{Shelf, row};
use crate::retention::{Partitions, statements_of_a_preview, statements_of_a_step};
use crate::store::select::{BindValue, Statement};
use crate::store::{Store, Target};

const HOUR: i64 = 3_600_000_000;
const HOURS: u16 = 48;
/// A timestamp at the start of an hour.
const BEGIN: i64 = 497_222 * HOUR;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(BEGIN + micros)
}

/// Returns twenty rows for each hour.
fn filled() -> Vec<Activity<'static>> {
    let rows = 0..20 * i64::from(HOURS);
    rows.map(|number| {
        activity! {
            occurred_at: at(number * HOUR / 20),
            ..row(number)
        }
    })
    .collect()
}

/// Returns, for the live table, the number of partitions opened and the key that finds the rows.
async fn plan(connection: &mut MySqlConnection, statement: Statement) -> (usize, String) {
    let Statement { text, arguments } = statement;
    let mut bound = MySqlArguments::default();
    for argument in arguments {
        match argument {
            BindValue::Text(text) => bound.add(text),
            BindValue::Integer(number) => bound.add(number),
        }
        .expect("bound");
    }
    let text = format!("EXPLAIN /*M! PARTITIONS */ /*!80000 FORMAT=TRADITIONAL */ {text}");
    let rows: Vec<MySqlRow> = query_with(AssertSqlSafe(text.clone()), bound)
        .fetch_all(connection)
        .await
        .expect("a plan");
    let column = |row: &MySqlRow, name: &str| {
        row.try_get_unchecked::<Option<String>, _>(name)
            .expect(name)
            .unwrap_or_default()
    };
    let of_table = |row: &&MySqlRow| {
        column(row, "table") == "operational_activity" && !column(row, "key").is_empty()
    };
    let row = rows.iter().find(of_table).expect(&text);
    let partitions = column(row, "partitions");
    let count = partitions.split(',').filter(|name| !name.is_empty());
    (count.count(), column(row, "key"))
}

async fn a_step_opens_the_partitions_of_its_rows(kind: Kind) {
    let shelf = Shelf::server(kind, "a_step_opens_the_partitions").await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut connection = options.connect().connect().await.expect("a connection");
    let store = Store::open(&shelf.url);
    let mut writer = shelf.connect().await;
    writer.insert(&filled()).await.expect("stored");
    let ids: Vec<i64> = (201..=260).collect();
    let times = (at(10 * HOUR), at(13 * HOUR - 1));
    let until = at(14 * HOUR);

    let whole = statements_of_a_step(&store, &ids, times, until).await;
    for statement in whole.into_iter().skip(1) {
        let (partitions, key) = plan(&mut connection, statement).await;
        assert_eq!((partitions, key.as_str()), (0, "PRIMARY"));
    }

    let partitions = Partitions::hourly(&shelf.url);
    assert!(partitions.adopt_at(at(0)).await.expect("adopted"));
    let made = partitions.ahead_of(at(0), HOURS - 1).await;
    assert_eq!(made.expect("made"), usize::from(HOURS));
    shelf.sql("ANALYZE TABLE operational_activity").await;
    let cut = statements_of_a_step(&store, &ids, times, until).await;
    let mut texts = Vec::new();
    for statement in cut {
        texts.push(statement.text.clone());
        let (partitions, key) = plan(&mut connection, statement).await;
        assert!((3..=4).contains(&partitions), "{partitions}: {texts:?}");
        let by_time = key.ends_with("_cursor") || key.ends_with("_event");
        assert!(by_time, "{key}: {texts:?}");
    }
    assert_eq!(
        texts.len(),
        4,
        "the search, both ways to take, and the copy"
    );
    for statement in statements_of_a_preview(&store, at(4 * HOUR), 100).await {
        let text = statement.text.clone();
        let (partitions, key) = plan(&mut connection, statement).await;
        assert!((4..=5).contains(&partitions), "{partitions}: {text}");
        assert!(key.ends_with("_cursor"), "{key}: {text}");
    }
}

#[tokio::test]
async fn a_step_opens_the_partitions_of_its_rows_on_mariadb() {
    a_step_opens_the_partitions_of_its_rows(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_step_opens_the_partitions_of_its_rows_on_mysql() {
    a_step_opens_the_partitions_of_its_rows(Kind::MySql).await;
}
