//! The page, and what is on it.

use behavior_trace::{Context, record};
use behavior_trace_servers::{Kind, Server};
use rustix::process::Signal;

use super::browser::Served;
use crate::tool::Place;

#[tokio::test]
async fn the_page_shows_the_rows_of_each_store_and_its_own_files() {
    for place in Place::each("cli_serve").await {
        place.with_orders().await;
        let served = Served::start(&place, &[]);
        let (status, page) = served.get(&served.path);
        assert_eq!(status, 200, "{}: {page}", place.store);
        assert!(
            page.contains("Ada") && page.contains("invoice.delete"),
            "{page}"
        );
        let files = page.split('"').filter(|part| part.contains("assets/"));
        let files: Vec<_> = files.collect();
        assert_eq!(files.len(), 3, "{page}");
        for file in files {
            let name = file.rsplit('/').next().expect("a name");
            let (status, _) = served.get(&format!("{}/assets/{name}", served.path));
            assert_eq!(status, 200, "{file}");
        }
        let (status, history) = served.get(&format!("{}/resource/Order/1", served.path));
        assert_eq!(status, 200, "{history}");
        let (status, export) = served.get(&format!("{}/export.jsonl?resource=Order", served.path));
        assert_eq!(
            (status, export.matches("order.create").count()),
            (200, 2),
            "{export}"
        );
    }
}

#[tokio::test]
async fn hidden_columns_and_rows_outside_the_scope_are_not_there() {
    let place = Place::each("cli_serve_scope").await.remove(0);
    place.with_orders().await;
    let near = Context::new().ip_address("203.0.113.24");
    place
        .record(async || {
            near.scope(async {
                record!(action = "note.update", resource = "Note", resource_id = 9);
            })
            .await;
        })
        .await;
    let open = Served::start(&place, &[]);
    let note = format!("{}/resource/Note/9", open.path);
    assert!(open.get(&note).1.contains("Note"));
    assert!(
        open.get(&format!("{}/export.jsonl?resource=Note", open.path))
            .1
            .contains("203.0.113.24")
    );

    let hidden = Served::start(&place, &["--hide", "ip_address,actor_label"]);
    let export = |kind| {
        hidden
            .get(&format!("{}/export.jsonl?resource={kind}", hidden.path))
            .1
    };
    let (notes, orders) = (export("Note"), export("Order"));
    assert!(
        notes.contains("note.update") && !notes.contains("203.0.113"),
        "{notes}"
    );
    assert!(
        orders.contains("order.approve") && !orders.contains("Ada"),
        "{orders}"
    );

    let scoped = Served::start(&place, &["--resource", "Order:1", "--actor", "user:7"]);
    let (status, page) = scoped.get(&scoped.path);
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("order.approve"), "{page}");
    assert!(
        !page.contains("invoice.delete") && !page.contains("note.update"),
        "{page}"
    );
}

#[tokio::test]
async fn an_account_that_may_only_read_is_enough() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::builder(kind).start().expect("a server");
        let mut place = Place::on(server.database("cli_serve_reader").expect("a database"));
        place.migrate().await;
        place.with_orders().await;
        let account = "CREATE USER 'serve_reader'@'%'; \
             GRANT SELECT ON cli_serve_reader.operational_activity TO 'serve_reader'@'%'";
        server.sql(account).expect("an account");
        let (_, rest) = place.url.split_once('@').expect("an account");
        place.url = format!("mysql://serve_reader@{rest}");
        let page = Served::start(&place, &[]);
        assert_eq!(page.get(&page.path).0, 200, "{}", place.store);
    }
}

#[test]
fn a_database_that_cannot_be_read_is_an_error_at_the_start_and_is_not_created() {
    let place = Place::sqlite();
    let ran = place.run(&["serve"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(!place.path().join("activity.db").exists());
    let wrong = Place::on("postgres://x@h/d".to_owned()).run(&["serve"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{wrong:?}");
    let away = Place::on("mysql://x@127.0.0.1:1/d".to_owned()).run(&["serve"]);
    assert_eq!((away.code, away.out.as_str()), (Some(75), ""), "{away:?}");
}

#[tokio::test]
async fn a_database_that_goes_away_later_is_a_page_of_503_and_its_cause_a_line() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::builder(kind).start().expect("a server");
        let place = Place::on(server.database("cli_serve_away").expect("a database"));
        place.migrate().await;
        let page_of = Served::start(&place, &[]);
        server.kill().expect("killed");
        let (status, page) = page_of.get(&page_of.path);
        assert_eq!(status, 503, "{kind:?}: {page}");
        server.restart().expect("restarted");
        assert_eq!(page_of.get(&page_of.path).0, 200, "{kind:?}");
        page_of.signal(Signal::TERM);
        let err = page_of.ended().err;
        let cause = err.lines().find(|line| line.contains("reference: "));
        let cause = cause.unwrap_or_else(|| panic!("{err}"));
        let (_, reference) = cause.split_once("reference: ").expect("a reference");
        let reference = reference.split(';').next().expect("a reference");
        assert!(page.contains(reference), "{reference}: {page}");
    }
}
