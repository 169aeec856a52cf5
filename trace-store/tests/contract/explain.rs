//! Each documented query uses an index, and a page deep in the table costs as much as the first.

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Actor};
use behavior_trace_servers::Kind;
use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _, query_with,
    raw_sql,
};

use super::{Dialect, Shelf, row};
use crate::migrate::{ExtraIndex, Migrations};
use crate::query::{CountBy, conditions_of};
use crate::retention::statements_of_a_preview;
use crate::store::filter::{Column, Condition, Filter, Order, Position, Select, Table};
use crate::store::group::counts;
use crate::store::select::{BindValue, Statement, page};
use crate::store::{Store, Target};

const ROWS: i64 = 20_000;

fn filled() -> Vec<Activity<'static>> {
    let varied = |number: i64| {
        activity! {
            actor_id: Some(number % 500),
            action: format!("user.verb{}", number % 300).into(),
            resource_id: Some((number % 700).to_string().into()),
            correlation_id: Some(format!("c-{}", number / 4).into()),
            ..row(number * 1_000_000)
        }
    };
    (0..ROWS).map(varied).collect()
}

/// Returns the index that the server chooses and its remarks. The exact comparison of trailing spaces costs no other index
/// and no more rows.
async fn explained(
    shelf: &Shelf,
    conditions: Vec<Condition>,
    after: Option<Position>,
) -> (String, String) {
    let select = Select {
        filter: &Filter(conditions),
        order: Order::NewestFirst,
        after: after.as_ref(),
        limit: 50,
    };
    let statement = page(Dialect::MySql, Table::Live, select);
    let (key, extra, rows) = planned(shelf, statement.clone()).await;
    let (of_padded, _, padded_rows) = planned(shelf, padded(statement)).await;
    assert_eq!((&key, rows), (&of_padded, padded_rows));
    (key, extra)
}

/// Returns the statement with the server's own comparison, which ignores trailing spaces.
fn padded(statement: Statement) -> Statement {
    let mut parts = statement.text.split(" AND OCTET_LENGTH(");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut arguments = statement.arguments;
    for part in parts {
        arguments.remove(text.matches('?').count());
        text += part.split_once(") = ?").expect("it is compared").1;
    }
    Statement { text, arguments }
}

/// Returns the index, the remarks and the number of rows in the server's plan.
async fn planned(shelf: &Shelf, statement: Statement) -> (String, String, String) {
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let Statement { text, arguments } = statement;
    let mut bound = MySqlArguments::default();
    for argument in arguments {
        match argument {
            BindValue::Text(text) => bound.add(text),
            BindValue::Integer(number) => bound.add(number),
        }
        .expect("bound");
    }
    let mut connection = options.connect().connect().await.expect("a connection");
    let rows: Vec<MySqlRow> = query_with(
        AssertSqlSafe(format!("EXPLAIN /*!80000 FORMAT=TRADITIONAL */ {text}")),
        bound,
    )
    .fetch_all(&mut connection)
    .await
    .expect("a plan");
    let text = |row: &MySqlRow, name: &str| {
        row.try_get_unchecked::<Option<String>, _>(name)
            .expect(name)
            .unwrap_or_default()
    };
    let of_table = |row: &&MySqlRow| text(row, "table") == Table::Live.name();
    let row = rows.iter().find(of_table).expect("a plan of the table");
    let column = |name: &str| text(row, name);
    let rows = row
        .try_get_unchecked::<Option<u64>, _>("rows")
        .expect("a number");
    (
        column("key"),
        column("Extra"),
        rows.unwrap_or_default().to_string(),
    )
}

fn is(column: Column, text: &str) -> Condition {
    Condition::Is(column, text.to_owned())
}

async fn each_question_has_its_index(shelf: Shelf) {
    shelf
        .connect()
        .await
        .insert(&filled())
        .await
        .expect("stored");
    shelf.sql("ANALYZE TABLE operational_activity").await;
    let deep = Position {
        occurred_at: row(ROWS / 2 * 1_000_000).occurred_at.to_string(),
        id: 7,
    };
    let from = Condition::From(row(19_000_000_000).occurred_at);
    let history = vec![is(Column::Resource, "User"), is(Column::ResourceId, "7")];

    let sorted = [
        (
            "the first page",
            vec![],
            None,
            "operational_activity_cursor",
        ),
        (
            "a deep page",
            vec![],
            Some(deep.clone()),
            "operational_activity_cursor",
        ),
        (
            "a history",
            history.clone(),
            None,
            "operational_activity_history",
        ),
        (
            "a history, deep",
            history,
            Some(deep),
            "operational_activity_history",
        ),
    ];
    for (question, conditions, after, index) in sorted {
        let (key, extra) = explained(&shelf, conditions, after).await;
        assert_eq!(key, index, "{question}");
        assert!(!extra.contains("filesort"), "{question}: {extra}");
    }
    let (key, _) = explained(&shelf, vec![is(Column::CorrelationId, "c-7")], None).await;
    assert_eq!(key, "operational_activity_correlation");
    // Either index over the time may serve a range of it, since the unique one has the same order.
    let (key, _) = explained(&shelf, vec![from], None).await;
    assert!(
        key == "operational_activity_cursor" || key == "operational_activity_event",
        "{key}"
    );

    previews_and_counts_have_the_index_by_time(&shelf).await;

    let migrations = Migrations::new(&shelf.url);
    let extra = [
        (
            ExtraIndex::Actor,
            conditions_of(&Actor::admin(7)),
            "operational_activity_actor",
        ),
        (
            ExtraIndex::Action,
            vec![is(Column::Action, "user.verb7")],
            "operational_activity_action",
        ),
        (
            ExtraIndex::Request,
            vec![is(Column::RequestId, "r-7000000")],
            "operational_activity_request",
        ),
        (
            ExtraIndex::Event,
            vec![is(Column::EventId, "none")],
            "operational_activity_event_id",
        ),
    ];
    for (index, conditions, name) in extra {
        assert!(migrations.add_index(index).await.expect("made"));
        assert!(!migrations.add_index(index).await.expect("there already"));
        assert_eq!(explained(&shelf, conditions, None).await.0, name);
    }
}

/// The questions of previews and counts by group about a range of time.
async fn previews_and_counts_have_the_index_by_time(shelf: &Shelf) {
    for age in [1, 12, 20_000] {
        let before = row(age * 1_000_000).occurred_at;
        let store = Store::open(&shelf.url);
        for statement in statements_of_a_preview(&store, before, 10_000).await {
            let (key, extra, _) = planned(shelf, statement.clone()).await;
            let by_time = key.ends_with("_cursor") || key.ends_with("_event");
            assert!(
                by_time && !extra.contains("filesort"),
                "{key} {extra}: {statement:?}"
            );
            assert!(extra.contains("Using index"), "{extra}: {statement:?}");
        }
    }

    for by in [
        CountBy::Action,
        CountBy::Actor,
        CountBy::Resource,
        CountBy::Hour,
    ] {
        let range = Filter(vec![Condition::From(row(19_000_000_000).occurred_at)]);
        let (key, ..) = planned(shelf, counts(Dialect::MySql, by, &range, false, 50)).await;
        assert!(
            key == "operational_activity_cursor" || key == "operational_activity_event",
            "{by:?}: {key}"
        );
    }
}

#[tokio::test]
async fn each_question_has_its_index_on_mariadb() {
    each_question_has_its_index(Shelf::server(Kind::MariaDb, "each_question_has_its_index").await)
        .await;
}

#[tokio::test]
async fn each_question_has_its_index_on_mysql() {
    each_question_has_its_index(Shelf::server(Kind::MySql, "each_question_has_its_index").await)
        .await;
}

#[tokio::test]
async fn sqlite_previews_retention_by_the_index_over_the_time() {
    let shelf = Shelf::sqlite().await;
    let Target::Sqlite(options) = &shelf.url.0 else {
        panic!("not SQLite")
    };
    let mut connection = options.connect.connect().await.expect("a connection");
    let store = Store::open(&shelf.url);
    for statement in statements_of_a_preview(&store, row(7).occurred_at, 10_000).await {
        let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.text));
        let rows = connection.fetch_all(raw_sql(text)).await.expect("a plan");
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let plan = plan.join("; ");
        let by_time = "SEARCH operational_activity USING COVERING INDEX operational_activity_";
        assert!(
            plan.starts_with(by_time) && !plan.contains("TEMP"),
            "{plan}"
        );
        assert!(plan.contains("(occurred_at<?)"), "{plan}");
    }
}

#[tokio::test]
async fn sqlite_takes_the_extra_indexes_too() {
    let shelf = Shelf::sqlite().await;
    let migrations = Migrations::new(&shelf.url);
    for index in [
        ExtraIndex::Actor,
        ExtraIndex::Action,
        ExtraIndex::Request,
        ExtraIndex::Event,
    ] {
        assert!(migrations.add_index(index).await.expect("made"));
        assert!(!migrations.add_index(index).await.expect("there already"));
    }
}
