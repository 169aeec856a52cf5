//! Stored rows are found again.

use behavior_trace::policy::DefaultPolicy;
use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Actor, Event, Policy as _, Timestamp};
use uuid::Uuid;

use super::paging::{query, walk};
use super::{Dialect, Shelf, on_every_database, on_every_store, row, rows};
use crate::query::Query;
use crate::reader::Reader;

on_every_store! {
    each_filter_finds_what_it_names
    filters_add_up
    a_time_beyond_the_calendar_leaves_nothing_out
    what_looks_like_sql_or_a_pattern_is_a_text
    a_blank_at_the_end_makes_another_value
    a_text_longer_than_its_column_is_found_by_what_was_kept
}

mod damaged {
    use super::{Shelf, a_damaged_row_is_read_and_named};

    super::on_every_database! { a_damaged_row_is_read_and_named }
}

async fn found(query: Query) -> Vec<Activity<'static>> {
    let page = query
        .oldest_first()
        .limit(Query::MAX_LIMIT)
        .fetch()
        .await
        .expect("a page");
    assert_eq!(page.next, None);
    page.items.into_iter().map(|row| row.activity).collect()
}

async fn each_filter_finds_what_it_names(shelf: Shelf) {
    let mut sent = rows(12);
    let text = |text: &'static str| Some(text.into());
    sent[1].actor_type = "TENANT_BOT".into();
    sent[2].actor_id = None;
    sent[2].payload = r#"{"actor_ref":"8f14e45f-ceea-467f-9575-1e2b5d5a6b2c"}"#.into();
    sent[3].action = "order.approve".into();
    sent[4].resource = "Order".into();
    sent[5].resource_id = text("7é");
    sent[6].correlation_id = text("other story");
    sent[7].request_id = text("other request");
    sent[8].route_name = text("/orders/{id}");
    sent[9].ip_address = text("192.0.2.7");
    sent[0].payload = r#"{"impersonator":"ADMIN:5"}"#.into();
    sent[10].payload = r#"{"reason":"asked \"for\"","k\"ey$.x":1}"#.into();
    shelf.connect().await.insert(&sent).await.expect("stored");
    let moment = sent[11].occurred_at;
    let alone: [(&str, Query, usize); 16] = [
        ("actor type", query(&shelf).actor_type("tenant bot"), 1),
        (
            "actor by text",
            query(&shelf).actor(&Actor::admin("8f14e45f-ceea-467f-9575-1e2b5d5a6b2c")),
            2,
        ),
        (
            "actor by number",
            query(&shelf).actor(&Actor::admin("5")),
            5,
        ),
        (
            "impersonator",
            query(&shelf).impersonator(&Actor::new("admin", 5)),
            0,
        ),
        ("action", query(&shelf).action("order.approve"), 3),
        ("action prefix", query(&shelf).action_prefix("order."), 3),
        ("resource type", query(&shelf).resource_type("Order"), 4),
        ("resource", query(&shelf).resource("User", "7é"), 5),
        (
            "correlation",
            query(&shelf).correlation_id("other story"),
            6,
        ),
        ("request", query(&shelf).request_id("other request"), 7),
        ("route", query(&shelf).route_name("/orders/{id}"), 8),
        ("address", query(&shelf).ip_address("192.0.2.7"), 9),
        ("payload key", query(&shelf).payload_key("reason"), 10),
        ("odd payload key", query(&shelf).payload_key("k\"ey$.x"), 10),
        ("event", query(&shelf).event_id(sent[6].event_id), 6),
        ("from", query(&shelf).since(moment), 11),
    ];
    for (what, query, expected) in alone {
        let ids: Vec<_> = found(query).await.iter().map(|row| row.event_id).collect();
        assert_eq!(ids, [sent[expected].event_id], "{what}");
    }
    assert_eq!(found(query(&shelf).before(moment)).await.len(), 11);
    assert_eq!(found(query(&shelf).actor_type("ADMIN")).await.len(), 11);
    assert_eq!(found(query(&shelf).event_id(Uuid::nil())).await, []);
    for other in [Actor::admin(55), Actor::user(5), Actor::without_id("ADMIN")] {
        assert_eq!(found(query(&shelf).impersonator(&other)).await, []);
    }
}

async fn filters_add_up(shelf: Shelf) {
    let sent = rows(30);
    shelf.connect().await.insert(&sent).await.expect("stored");
    let query = query(&shelf)
        .resource_type("User")
        .action_prefix("user.")
        .correlation_id("c-1")
        .since(sent[4].occurred_at)
        .before(sent[9].occurred_at)
        .payload_key("number");
    let ids: Vec<_> = found(query.clone())
        .await
        .iter()
        .map(|row| row.event_id)
        .collect();
    assert_eq!(
        ids,
        sent[4..9]
            .iter()
            .map(|row| row.event_id)
            .collect::<Vec<_>>()
    );
    assert_eq!(found(query.action("user.delete")).await, []);
}

async fn a_time_beyond_the_calendar_leaves_nothing_out(shelf: Shelf) {
    let sent = rows(3);
    shelf.connect().await.insert(&sent).await.expect("stored");
    // As text, the second timestamp sorts before all other years.
    let year_10_000 = 253_402_300_800_000_000;
    for (first, last) in [(i64::MIN, i64::MAX), (i64::MIN, year_10_000)] {
        let [first, last] = [first, last].map(Timestamp::from_micros);
        assert_eq!(
            found(query(&shelf).since(first).before(last)).await.len(),
            3
        );
        assert_eq!(found(query(&shelf).since(last)).await, []);
        assert_eq!(found(query(&shelf).before(first)).await, []);
    }
}

async fn a_damaged_row_is_read_and_named(shelf: Shelf) {
    let sent = rows(3);
    shelf.connect().await.insert(&sent).await.expect("stored");
    let (loosen, damage) = match shelf.dialect() {
        Dialect::Memory => unreachable!("not among the databases"),
        Dialect::MySql => ("SET sql_mode = ''", "occurred_at = '0000-00-00 00:00:00'"),
        Dialect::Sqlite => (
            "PRAGMA ignore_check_constraints = ON",
            "payload = '{broken', user_agent = CAST(x'ff' AS TEXT)",
        ),
    };
    shelf.sql_with(loosen, format!("UPDATE operational_activity SET actor_type = 'from mars', event_id = 'none', {damage} WHERE actor_id = 1")).await;

    let seen = walk(query(&shelf).newest_first().limit(1)).await;
    assert_eq!(seen.len(), 3);
    let damaged: Vec<_> = seen.iter().filter(|row| !row.damaged.is_empty()).collect();
    let [damaged] = damaged[..] else {
        panic!("{damaged:?}")
    };
    assert_eq!(damaged.activity.actor_type, "from mars");
    assert_eq!(damaged.activity.event_id, Uuid::nil());
    if shelf.dialect() == Dialect::MySql {
        assert_eq!(damaged.damaged, ["event_id", "occurred_at"]);
        assert_eq!(damaged.activity.occurred_at, Timestamp::default());
    } else {
        assert_eq!(damaged.damaged, ["event_id", "payload"]);
        assert_eq!(
            (&*damaged.activity.payload, damaged.payload()),
            ("{broken", None)
        );
    }
    assert_eq!(
        query(&shelf)
            .payload_key("number")
            .count_up_to(9)
            .await
            .expect("a count"),
        if shelf.dialect() == Dialect::Sqlite {
            2
        } else {
            3
        }
    );
}

async fn what_looks_like_sql_or_a_pattern_is_a_text(shelf: Shelf) {
    let actions = [
        "a%b.update",
        "a_b.update",
        "axb.update",
        "a|b.update",
        "' OR ''='",
        "\\",
    ];
    let sent: Vec<_> = (0..)
        .zip(actions)
        .map(|(number, action)| {
            activity! {
                action: action.into(),
                ..row(number)
            }
        })
        .collect();
    shelf.connect().await.insert(&sent).await.expect("stored");
    for row in &sent {
        assert_eq!(
            found(query(&shelf).action(&*row.action)).await.len(),
            1,
            "{}",
            row.action
        );
        let prefix: String = row.action.chars().take(2).collect();
        assert_eq!(
            found(query(&shelf).action_prefix(&prefix)).await.len(),
            1,
            "{prefix}"
        );
    }
    assert_eq!(found(query(&shelf).action_prefix("A")).await, []);
}

#[tokio::test]
async fn a_reader_without_a_server_says_why() {
    let url = "mysql://app:hunter2@127.0.0.1:1/app"
        .parse()
        .expect("a good URL");
    let error = Reader::new(&url)
        .query()
        .fetch()
        .await
        .expect_err("nobody is there");
    assert!(error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(!format!("{error:?}{:?}", Reader::new(&url)).contains("hunter2"));
}

async fn a_blank_at_the_end_makes_another_value(shelf: Shelf) {
    let text = |text: &'static str| Some(text.into());
    let mut sent = rows(2);
    for (row, value) in sent.iter_mut().zip(["bob", "bob "]) {
        row.actor_type = "USER".into();
        row.actor_id = None;
        row.payload = format!(r#"{{"actor_ref":"{value}"}}"#).into();
        row.action = value.into();
        row.resource = value.into();
        row.resource_id = text(value);
        row.correlation_id = text(value);
        row.request_id = text(value);
        row.route_name = text(value);
        row.ip_address = text(value);
    }
    shelf.connect().await.insert(&sent).await.expect("stored");
    for (value, expected) in ["bob", "bob "].into_iter().zip(&sent) {
        let questions = [
            ("actor", query(&shelf).actor(&Actor::user(value))),
            ("action", query(&shelf).action(value)),
            ("resource type", query(&shelf).resource_type(value)),
            ("resource", query(&shelf).resource(value, value)),
            ("correlation", query(&shelf).correlation_id(value)),
            ("request", query(&shelf).request_id(value)),
            ("route", query(&shelf).route_name(value)),
            ("address", query(&shelf).ip_address(value)),
        ];
        for (what, query) in questions {
            assert_eq!(query.count_up_to(9).await.expect("a count"), 1, "{what}");
            let ids: Vec<_> = found(query).await.iter().map(|row| row.event_id).collect();
            assert_eq!(ids, [expected.event_id], "{what} of {value:?}");
        }
    }
    assert_eq!(
        query(&shelf)
            .action("bob  ")
            .count_up_to(9)
            .await
            .expect("a count"),
        0
    );
}

async fn a_text_longer_than_its_column_is_found_by_what_was_kept(shelf: Shelf) {
    let long = |length: usize| "x".repeat(length);
    let texts = [40, 41, 46, 65, 256, 300].map(long);
    let [kind, correlation, address, request, route, text] = &texts;
    let mut event = Event::default();
    event.action = text;
    event.resource = text;
    event.resource_id = Some(text);
    event.actor_type = Some(kind);
    event.actor_id = Some(text);
    event.correlation_id = Some(correlation);
    event.request_id = Some(request);
    event.route_name = Some(route);
    event.ip_address = Some(address);
    let stored = DefaultPolicy::default().finish(Uuid::new_v4(), &event);
    shelf
        .connect()
        .await
        .insert(&[stored])
        .await
        .expect("stored");
    let questions = [
        (
            "actor",
            query(&shelf).actor(&Actor::new(long(40), long(300))),
        ),
        ("action", query(&shelf).action(long(300))),
        ("action prefix", query(&shelf).action_prefix(long(299))),
        ("resource type", query(&shelf).resource_type(long(300))),
        ("resource", query(&shelf).resource(long(300), long(300))),
        ("correlation", query(&shelf).correlation_id(long(41))),
        ("request", query(&shelf).request_id(long(65))),
        ("route", query(&shelf).route_name(long(256))),
        ("address", query(&shelf).ip_address(long(46))),
    ];
    for (what, query) in questions {
        assert!(query.is_by_prefix(), "{what}");
        assert_eq!(found(query).await.len(), 1, "{what}");
    }
    // This text fits, and differs from the clipped one.
    let whole = query(&shelf).correlation_id(long(36));
    assert!(!whole.is_by_prefix());
    assert_eq!(found(whole).await.len(), 0);
    // A clipped text copied from a row matches every text with the same clipped form.
    assert!(query(&shelf).correlation_id(long(35) + "…").is_by_prefix());
}
