//! Rows of every kind, as an application records them.

use behavior_trace_core::{Activity, Timestamp, activity};
use serde_json::{Value, json};
use uuid::Uuid;

/// Correlation of the approval of an order, which seven rows are of.
pub(super) const APPROVAL: &str = "01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8";
/// Id that is too long for a sentence.
pub(super) const LONG_ID: &str = "contracts/2026/annex-7/final-final-3/appendix-b";

/// A row with the columns that all rows have, so many seconds ago.
pub(super) fn row(ago: i64, action: &str, record: &str, payload: &Value) -> Activity<'static> {
    let (resource, id) = record.split_once(':').unwrap_or((record, ""));
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::from_micros(Timestamp::now().as_micros() - ago * 1_000_000),
        actor_type: "ADMIN".into(),
        actor_id: Some(1),
        action: action.to_owned().into(),
        resource: resource.to_owned().into(),
        resource_id: (!id.is_empty()).then(|| id.to_owned().into()),
        payload: payload.to_string().into(),
        correlation_id: Some(Uuid::new_v4().to_string().into()),
        request_id: Some("req_8f14e45f".into()),
        route_name: Some("PATCH /users/{id}".into()),
        ip_address: Some("203.0.113.24".into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0".into()),
    }
}

/// Sets the actor.
fn by(mut row: Activity<'static>, kind: &'static str, id: Option<i64>) -> Activity<'static> {
    row.actor_type = kind.into();
    row.actor_id = id;
    row
}

/// Sets the correlation and the request.
fn of(mut row: Activity<'static>, request: &'static str, route: &'static str) -> Activity<'static> {
    row.correlation_id = Some(APPROVAL.into());
    row.request_id = Some(request.into());
    row.route_name = Some(route.into());
    row
}

/// Sets that no story and no request is known.
fn alone(mut row: Activity<'static>) -> Activity<'static> {
    row.correlation_id = None;
    row.request_id = None;
    row.route_name = None;
    row
}

/// Returns a change of one field.
fn change(field: &str, from: impl Into<Value>, to: impl Into<Value>) -> Value {
    json!({ field: { "from": from.into(), "to": to.into() } })
}

/// Returns the story of an approval: in a request, a job of shipping, and a job of billing.
fn approval() -> Vec<Activity<'static>> {
    let grace = |mut payload: Value| {
        payload["actor_label"] = "Grace Hopper".into();
        payload
    };
    let service = |mut payload: Value, name: &str| {
        payload["actor_ref"] = name.into();
        payload
    };
    let web = ("req_01JDV6W3", "POST /orders/{id}/approve");
    let ship = ("job-771", "ship");
    let bill = ("job-772", "bill");
    let approved = grace(json!({
        "reason": "Customer confirmed the delivery date by phone",
        "diff": { "status": { "from": "pending", "to": "approved" }, "approved_by": { "to": 1 } },
    }));
    let invoice = grace(
        json!({ "number": "R-2026-09120", "total": "1249.00", "currency": "EUR", "due": "2026-12-13" }),
    );
    let captured = service(
        json!({ "commit": "unknown", "diff": change("status", "authorized", "captured") }),
        "payments",
    );
    let of = |row, (request, route)| of(row, request, route);
    vec![
        of(row(23, "order.approve", "Order:5012", &approved), web),
        of(row(23, "invoice.create", "Invoice:9120", &invoice), web),
        of(
            row(
                23,
                "product.reserve",
                "Product:388",
                &grace(json!({ "diff": change("reserved", 3, 4) })),
            ),
            web,
        ),
        of(
            row(
                23,
                "shipment.create",
                "Shipment:771",
                &grace(json!({ "state": "planned", "order": 5012 })),
            ),
            web,
        ),
        by(
            of(
                row(
                    22,
                    "shipment.assign",
                    "Shipment:771",
                    &service(
                        json!({ "diff": change("carrier", Value::Null, "DHL") }),
                        "fulfilment",
                    ),
                ),
                ship,
            ),
            "SERVICE",
            None,
        ),
        by(
            of(row(22, "payment.capture", "Payment:66120", &captured), bill),
            "SERVICE",
            None,
        ),
        by(
            of(
                row(
                    21,
                    "invoice.send",
                    "Invoice:9120",
                    &service(json!({ "document": "R-2026-09120.pdf" }), "billing-worker"),
                ),
                bill,
            ),
            "SERVICE",
            None,
        ),
    ]
}

/// Returns changes of one user, for a history.
fn of_user_7() -> Vec<Activity<'static>> {
    let ada = |mut payload: Value| {
        payload["actor_label"] = "Ada Lovelace".into();
        payload
    };
    let note = "Prefers a call in the morning. Speaks English and French, and answers within a day. Invoices go to the office in Turin.";
    let bio = (
        note,
        note.replace("Turin", "London")
            .replace("morning", "afternoon"),
    );
    vec![
        by(
            row(
                219,
                "user.update",
                "User:7",
                &ada(json!({
                    "impersonator": "ADMIN:1",
                    "reason": "She lost access to the old mailbox; ticket 3388",
                    "diff": change("email", "ada@byron.example", "ada@lovelace.example"),
                })),
            ),
            "USER",
            Some(7),
        ),
        by(
            row(
                430,
                "user.update",
                "User:7",
                &ada(json!({ "diff": change("password", "[masked]", "[masked]") })),
            ),
            "USER",
            Some(7),
        ),
        row(
            5_000,
            "user.update",
            "User:7",
            &json!({
                "actor_label": "Grace Hopper",
                "diff": {
                    "note": { "from": bio.0, "to": bio.1 },
                    "roles": { "from": ["editor", "viewer"], "to": ["editor", "approver", "auditor"] },
                    "phone": { "from": "+39 011 555 0100", "to": null },
                    "nickname": { "from": "", "to": "Countess" },
                    "address.city": { "from": "Turin", "to": "London" },
                    "avatar": { "from": { "_oversize": 81_920 }, "to": { "_oversize": 99_120 } },
                    "session": { "to": { "_unrecorded": "no serializer" } },
                },
            }),
        ),
        by(
            row(
                90_000,
                "user.create",
                "User:7",
                &ada(
                    json!({ "email": "ada@byron.example", "plan": "free", "roles": ["viewer"], "note": "", "phone": null }),
                ),
            ),
            "ANONYMOUS",
            None,
        ),
    ]
}

/// Returns a row of each other sentence.
fn others() -> Vec<Activity<'static>> {
    let named = |name: &str, diff: Value| json!({ "actor_label": name, "diff": diff });
    let arabic = named(
        "ليلى حداد",
        json!({ "name": { "from": "قميص قطني أزرق", "to": "قميص قطني أزرق داكن" }, "price": { "from": "24.90", "to": "27.50" } }),
    );
    let script = json!({ "actor_label": "<script>alert(\"x\")</script>", "subject": "\"><img src=x onerror=alert(1)>", "link": "javascript:alert(document.cookie)" });
    let many = json!({ "actor_label": "Grace Hopper", "diff": {
        "name": { "from": "A", "to": "B" }, "sku": { "from": "1", "to": "2" }, "weight": { "from": 1.5, "to": 1.75 },
        "depth": { "to": 3 }, "width": { "to": 4 }, "height": { "to": 5 },
    } });
    let bulk = json!({ "count": 1240, "ids": [88120, 88121, 88122, 88123] });
    let prices = json!({ "actor_label": "Acme ERP", "count": 58, "ids": [11, 12, 17, 21], "diff": change("price_list", "2026-Q3", "2026-Q4") });
    vec![
        alone(by(
            row(620, "notification.archive", "Notification", &bulk),
            "SYSTEM",
            None,
        )),
        by(
            row(1_320, "product.update", "Product:388", &arabic),
            "ADMIN",
            Some(4),
        ),
        by(
            row(
                1_700,
                "refund.update",
                "Refund:2207",
                &json!({ "actor_ref": "payments", "commit": "unknown", "diff": change("status", "requested", "paid") }),
            ),
            "SERVICE",
            None,
        ),
        by(
            row(2_640, "ticket.create", "Ticket:3391", &script),
            "USER",
            Some(91),
        ),
        alone(by(
            row(
                3_720,
                "subscriber.create",
                "Subscriber:20417",
                &json!({ "list": "news-de", "consent": true }),
            ),
            "ANONYMOUS",
            None,
        )),
        by(
            row(4_240, "product.update", "Product", &prices),
            "API_CLIENT",
            Some(31),
        ),
        by(
            row(
                5_780,
                "ticket.assign",
                "Ticket:3388",
                &named(
                    "Олена Коваль",
                    change("assignee", Value::Null, "Grace Hopper"),
                ),
            ),
            "USER",
            Some(12),
        ),
        row(
            6_900,
            "ticket.close",
            "Ticket:3379",
            &json!({ "actor_label": "Grace Hopper", "reason": "Duplicate of 3388" }),
        ),
        row(
            7_300,
            "review.reject",
            "Review:41",
            &named("Grace Hopper", change("state", "new", "rejected")),
        ),
        row(
            7_900,
            "article.publish",
            "Article:12",
            &named("Grace Hopper", change("state", "draft", "published")),
        ),
        row(
            8_400,
            "coupon.delete",
            "Coupon:88",
            &json!({ "actor_label": "Grace Hopper", "code": "SPRING", "percent": 10 }),
        ),
        row(
            9_100,
            "ticket.assign",
            "Ticket:3370",
            &named(
                "Grace Hopper",
                change("assignee", "Ada Lovelace", Value::Null),
            ),
        ),
        row(9_700, "order.recalculate_totals", "Order:4990", &json!({})),
        by(
            row(
                10_100,
                "report.complete",
                "Report:202611",
                &json!({ "actor_ref": "9f0c1b52-0d5e-4a57-9a55-6c1f7f2f9b10" }),
            ),
            "SERVICE",
            None,
        ),
        row(
            10_900,
            "document.rename",
            &format!("Document:{LONG_ID}"),
            &named("Grace Hopper", change("name", "annex 7", "annex 7, signed")),
        ),
        row(11_500, "product.update", "Product:389", &many),
        row(
            12_100,
            "cart.merge",
            "Cart",
            &json!({ "actor_label": "Grace Hopper" }),
        ),
    ]
}

/// Returns plain rows of yesterday and before, for the second page.
fn older() -> Vec<Activity<'static>> {
    let update = |number: i64| {
        let payload =
            json!({ "actor_label": "Grace Hopper", "diff": change("stock", number, number + 1) });
        row(
            93_600 + number * 600,
            "product.update",
            &format!("Product:{}", 300 + number),
            &payload,
        )
    };
    (0..40).map(update).collect()
}

/// Returns all rows, in the order of their times.
pub(super) fn all() -> Vec<Activity<'static>> {
    let mut rows = [approval(), of_user_7(), others(), older()].concat();
    rows.sort_by_key(|row| row.occurred_at);
    rows
}
