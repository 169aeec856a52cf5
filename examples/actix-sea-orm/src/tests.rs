//! Calls the service, and reads what it recorded.

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test;
use behavior_trace::Activity;
use sea_orm::EntityTrait as _;

use super::*;

async fn post<S, B>(app: &S, order: u8, user: Option<u8>) -> StatusCode
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    let request = test::TestRequest::post()
        .uri(&format!("/orders/{order}/approve"))
        .insert_header(("x-request-id", format!("r-{order}")))
        .peer_addr("203.0.113.9:4711".parse().expect("an address"));
    let request = match user {
        Some(user) => request.insert_header(("authorization", format!("Bearer {user}"))),
        None => request,
    };
    match test::try_call_service(app, request.to_request()).await {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

async fn rows(recorder: &BehaviorTrace) -> Vec<Activity<'static>> {
    recorder.flush(Duration::from_secs(30)).await;
    let reader = recorder.reader();
    let page = reader.query().limit(10).oldest_first().fetch().await;
    let rows = page.expect("a readable table").items.into_iter();
    rows.map(|row| row.activity).collect()
}

#[actix_web::test]
async fn an_approval_leaves_both_rows_and_a_rollback_none() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = |name| format!("sqlite:{}", folder.path().join(name).display());
    let recorder = BehaviorTrace::start(file("activity.db")).expect("a sound configuration");
    recorder.install().expect("the only subscriber");
    let shop = file("shop.db") + "?mode=rwc";
    let database = orders::open(&shop).await.expect("the shop");
    let app = App::new()
        .app_data(web::Data::new(database.clone()))
        .service(super::approve)
        .wrap(from_fn(authenticate))
        .wrap(ContextMiddleware::new());
    let app = test::init_service(app).await;

    assert_eq!(post(&app, 1, None).await, StatusCode::UNAUTHORIZED);
    // It is approved, then its articles are missing: the approval is rolled back.
    assert_eq!(post(&app, 2, Some(7)).await, StatusCode::CONFLICT);
    assert_eq!(post(&app, 1, Some(7)).await, StatusCode::NO_CONTENT);

    let rows = rows(&recorder).await;
    let actions: Vec<_> = rows.iter().map(|row| &*row.action).collect();
    assert_eq!(actions, ["order.approve", "article.update"]);
    for row in &rows {
        assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
        assert_eq!(row.resource_id.as_deref(), Some("1"));
        assert_eq!(row.request_id.as_deref(), Some("r-1"));
        assert_eq!(row.route_name.as_deref(), Some("/orders/{id}/approve"));
        assert_eq!(row.ip_address.as_deref(), Some("203.0.113.9"));
    }
    let stats = recorder.stats();
    assert_eq!((stats.rolled_back, stats.without_actor), (1, 0));

    let refused = orders::order::Entity::find_by_id(2).one(&database).await;
    assert_eq!(refused.expect("a table").expect("order 2").status, "new");
}
