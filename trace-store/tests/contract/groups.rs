//! Rows are counted by group.

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::{Kind, Server};

use super::paging::query;
use super::{Dialect, Shelf, on_every_database, on_every_store, row, rows};
use crate::migrate::Migrations;
use crate::query::{CountBy, GroupCounts, Query};
use crate::store::filter::Filter;
use crate::store::group::counts;

on_every_store! {
    groups_come_largest_first_and_equal_ones_by_key
    a_group_needs_the_filters_and_the_time_range
    an_actor_is_written_as_kind_and_id
    hours_come_in_order_with_the_empty_ones_between
    the_latest_hours_are_given_and_the_rows_before_them_counted
    no_more_groups_are_given_than_asked_for
    texts_that_differ_in_case_or_in_blanks_are_groups_of_their_own
    groups_of_no_rows_are_none
    groups_without_a_time_range_are_refused_with_the_remedy
}

mod archived {
    use super::{Shelf, archived_rows_are_counted_once_with_the_others};

    super::on_every_database! { archived_rows_are_counted_once_with_the_others }
}

const HOUR: i64 = 3_600_000_000;
/// The start of an hour: 2026-09-21 14:00.
const BEGIN: i64 = 1_789_999_200_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(BEGIN + micros)
}

async fn stored(shelf: &Shelf, rows: &[Activity<'static>]) {
    shelf.connect().await.insert(rows).await.expect("stored");
}

/// Returns the query for all rows of `row`, which has a time range.
fn ranged(shelf: &Shelf) -> Query {
    query(shelf).since(at(-1_000 * HOUR))
}

async fn counted(query: &Query, by: CountBy) -> Vec<(String, u64)> {
    let counts = query.count_by(by, 100).await.expect("counts");
    assert_eq!(counts.rows_left_out, 0);
    pairs(counts)
}

fn pairs(counts: GroupCounts) -> Vec<(String, u64)> {
    let groups = counts.groups.into_iter();
    groups.map(|group| (group.key, group.rows)).collect()
}

fn owned(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    let owned = |(key, rows): &(&str, u64)| ((*key).to_owned(), *rows);
    pairs.iter().map(owned).collect()
}

fn with_action(number: i64, action: &'static str) -> Activity<'static> {
    activity! { action: action.into(), ..row(number) }
}

async fn groups_come_largest_first_and_equal_ones_by_key(shelf: Shelf) {
    let actions = ["b.update", "c.update", "a.update", "c.update", "c.delete"];
    let sent: Vec<_> = (0..)
        .zip(actions)
        .map(|(number, action)| with_action(number, action))
        .collect();
    stored(&shelf, &sent).await;
    assert_eq!(
        counted(&ranged(&shelf), CountBy::Action).await,
        owned(&[
            ("c.update", 2),
            ("a.update", 1),
            ("b.update", 1),
            ("c.delete", 1)
        ])
    );
}

async fn a_group_needs_the_filters_and_the_time_range(shelf: Shelf) {
    let mut sent = rows(10);
    sent[3].resource = "Order".into();
    sent[4].resource = "Order".into();
    sent[5].action = "user.delete".into();
    stored(&shelf, &sent).await;
    let range = query(&shelf)
        .since(sent[2].occurred_at)
        .before(sent[8].occurred_at)
        .action("user.update");
    assert_eq!(
        counted(&range, CountBy::Resource).await,
        owned(&[("User", 3), ("Order", 2)])
    );
}

async fn an_actor_is_written_as_kind_and_id(shelf: Shelf) {
    let mut sent = rows(7);
    for row in &mut sent {
        row.actor_type = "USER".into();
        row.actor_id = Some(-7);
    }
    sent[0].actor_type = "SYSTEM".into();
    sent[0].actor_id = None;
    for row in &mut sent[1..3] {
        row.actor_id = None;
        row.payload = r#"{"actor_ref":"8f14\"é"}"#.into();
    }
    sent[3].actor_type = "ADMIN".into();
    stored(&shelf, &sent).await;
    assert_eq!(
        counted(&ranged(&shelf), CountBy::Actor).await,
        owned(&[
            ("USER:-7", 3),
            ("USER:8f14\"é", 2),
            ("ADMIN:-7", 1),
            ("SYSTEM", 1)
        ])
    );
}

/// Returns a row at each of these times after the first hour.
fn at_each(times: &[i64]) -> Vec<Activity<'static>> {
    let at = |(number, time): (i64, &i64)| activity! { occurred_at: at(*time), ..row(number) };
    (0..).zip(times).map(at).collect()
}

async fn hours_come_in_order_with_the_empty_ones_between(shelf: Shelf) {
    stored(&shelf, &at_each(&[3 * HOUR, 0, HOUR - 1, HOUR])).await;
    let hours = owned(&[
        ("2026-09-21T14:00:00Z", 2),
        ("2026-09-21T15:00:00Z", 1),
        ("2026-09-21T16:00:00Z", 0),
        ("2026-09-21T17:00:00Z", 1),
    ]);
    assert_eq!(counted(&ranged(&shelf), CountBy::Hour).await, hours);
    let one = query(&shelf).since(at(HOUR)).before(at(2 * HOUR));
    assert_eq!(counted(&one, CountBy::Hour).await, hours[1..2]);
}

async fn the_latest_hours_are_given_and_the_rows_before_them_counted(shelf: Shelf) {
    stored(
        &shelf,
        &at_each(&[0, 1, 2, 20 * HOUR, 23 * HOUR, 23 * HOUR + 1]),
    )
    .await;
    let counts = ranged(&shelf).count_by(CountBy::Hour, 3).await;
    let counts = counts.expect("counts");
    assert_eq!(counts.rows_left_out, 4);
    assert_eq!(
        pairs(counts),
        owned(&[("2026-09-22T13:00:00Z", 2)]),
        "the hours before it are empty"
    );
    let counts = ranged(&shelf).count_by(CountBy::Hour, 4).await;
    let counts = counts.expect("counts");
    assert_eq!(counts.rows_left_out, 3);
    assert_eq!(counts.groups.len(), 4);
}

async fn no_more_groups_are_given_than_asked_for(shelf: Shelf) {
    let actions = ["a", "b", "b", "c", "c", "c"];
    let sent: Vec<_> = (0..)
        .zip(actions)
        .map(|(number, action)| with_action(number, action))
        .collect();
    stored(&shelf, &sent).await;
    for (limit, groups, rows) in [(0, 1, 3), (1, 1, 3), (2, 2, 1), (3, 3, 0), (1 << 40, 3, 0)] {
        let counts = ranged(&shelf).count_by(CountBy::Action, limit).await;
        let counts = counts.expect("counts");
        assert_eq!(
            (counts.groups.len(), counts.rows_left_out),
            (groups, rows),
            "{limit}"
        );
    }
}

async fn texts_that_differ_in_case_or_in_blanks_are_groups_of_their_own(shelf: Shelf) {
    let actions = ["user.update", "User.update", "user.update ", "usér.update"];
    let sent: Vec<_> = (0..)
        .zip(actions)
        .map(|(number, action)| with_action(number, action))
        .collect();
    stored(&shelf, &sent).await;
    assert_eq!(
        counted(&ranged(&shelf), CountBy::Action).await,
        owned(&[
            ("User.update", 1),
            ("user.update", 1),
            ("user.update ", 1),
            ("usér.update", 1)
        ])
    );
}

async fn groups_of_no_rows_are_none(shelf: Shelf) {
    for by in [
        CountBy::Action,
        CountBy::Actor,
        CountBy::Resource,
        CountBy::Hour,
    ] {
        assert_eq!(counted(&ranged(&shelf), by).await, []);
    }
}

async fn groups_without_a_time_range_are_refused_with_the_remedy(shelf: Shelf) {
    let query = query(&shelf).action("user.update").before(at(0));
    let error = query.count_by(CountBy::Action, 10).await;
    let error = error.expect_err("it would read the whole table");
    assert!(!error.is_transient());
    let text = error.to_string();
    assert!(text.contains("add `.since("), "{text}");
}

async fn archived_rows_are_counted_once_with_the_others(shelf: Shelf) {
    let mut sent = rows(6);
    sent[4].action = "user.delete".into();
    stored(&shelf, &sent).await;
    shelf
        .sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity WHERE actor_id < 3")
        .await;
    shelf
        .sql("DELETE FROM operational_activity WHERE actor_id < 3")
        .await;
    let both = ranged(&shelf).with_archive().resource_type("User");
    let all = owned(&[("user.update", 5), ("user.delete", 1)]);
    assert_eq!(counted(&both, CountBy::Action).await, all);
    let live = owned(&[("user.update", 2), ("user.delete", 1)]);
    assert_eq!(counted(&ranged(&shelf), CountBy::Action).await, live);
}

/// Its collation ignores case and blanks, a payload may be NULL, and an id may be beyond `i64`.
async fn a_table_taken_over_from_php_is_grouped_as_the_recorders_own(kind: Kind) {
    const CREATE: &str = include_str!("../../../tests/php/schema/g1.sql");
    const NAME: &str = "a_table_of_php_is_grouped";
    let server = Server::shared(kind).expect("a server");
    let url = server.database(NAME).expect("a database");
    let rows = [
        ("'User'", "18446744073709551615", "user.update", "NULL"),
        ("'User'", "18446744073709551615", "User.update", "'[1]'"),
        ("'USER'", "NULL", "user.update ", "NULL"),
        ("'USER'", "NULL", "user.update ", "'{\"actor_ref\":\"x\"}'"),
        ("'USER'", "7", "user.update", "NULL"),
    ];
    let values = rows.map(|(kind, id, action, payload)| {
        format!("(UUID(), '2026-09-21 14:30:00', {kind}, {id}, '{action}', 'User', {payload})")
    });
    let columns = "event_id, occurred_at, actor_type, actor_id, action, resource, payload";
    server
        .sql(&format!(
            "USE {NAME}; {CREATE}; INSERT INTO operational_activity ({columns}) VALUES {}",
            values.join(", ")
        ))
        .expect("PHP's table");
    let shelf = Shelf::of(url.parse().expect("a good URL"));
    let migrations = Migrations::new(&shelf.url);
    migrations.run().await.expect("taken over");
    let actors = owned(&[
        ("User:18446744073709551615", 2),
        ("USER", 1),
        ("USER:7", 1),
        ("USER:x", 1),
    ]);
    let actions = owned(&[("user.update", 2), ("user.update ", 2), ("User.update", 1)]);
    for finished in [false, true] {
        let range = ranged(&shelf);
        assert_eq!(counted(&range, CountBy::Actor).await, actors, "{finished}");
        assert_eq!(
            counted(&range, CountBy::Action).await,
            actions,
            "{finished}"
        );
        assert_eq!(
            counted(&range, CountBy::Hour).await,
            owned(&[("2026-09-21T14:00:00Z", 5)])
        );
        migrations.finish_takeover().await.expect("finished");
    }
}

#[tokio::test]
async fn a_table_taken_over_from_php_is_grouped_as_the_recorders_own_on_mariadb() {
    a_table_taken_over_from_php_is_grouped_as_the_recorders_own(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_table_taken_over_from_php_is_grouped_as_the_recorders_own_on_mysql() {
    a_table_taken_over_from_php_is_grouped_as_the_recorders_own(Kind::MySql).await;
}

#[test]
fn a_count_binds_its_values_for_each_table() {
    let filter = Filter(vec![crate::store::filter::Condition::From(at(0))]);
    for (with_archive, values) in [(false, 2), (true, 3)] {
        let statement = counts(Dialect::MySql, CountBy::Actor, &filter, with_archive, 10);
        assert_eq!(statement.arguments.len(), values);
        assert_eq!(statement.text.matches('?').count(), values);
    }
}
