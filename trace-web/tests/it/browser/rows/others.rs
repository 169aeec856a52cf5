//! A row of each other sentence.

use behavior_trace_core::Activity;
use serde_json::{Value, json};

use super::{LONG_ID, alone, by, change, row};

/// Returns rows by every kind of actor.
pub(super) fn by_others() -> Vec<Activity<'static>> {
    let named = |name: &str, diff: Value| json!({ "actor_label": name, "diff": diff });
    let arabic = named(
        "ليلى حداد",
        json!({ "name": { "from": "قميص قطني أزرق", "to": "قميص قطني أزرق داكن" }, "price": { "from": "24.90", "to": "27.50" } }),
    );
    let script = json!({ "actor_label": "<script>alert(\"x\")</script>", "subject": "\"><img src=x onerror=alert(1)>", "link": "javascript:alert(document.cookie)" });
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
    ]
}

/// Returns rows of the verbs that are left, by an administrator.
pub(super) fn of_each_verb() -> Vec<Activity<'static>> {
    let named = |name: &str, diff: Value| json!({ "actor_label": name, "diff": diff });
    let many = json!({ "actor_label": "Grace Hopper", "diff": {
        "name": { "from": "A", "to": "B" }, "sku": { "from": "1", "to": "2" }, "weight": { "from": 1.5, "to": 1.75 },
        "depth": { "to": 3 }, "width": { "to": 4 }, "height": { "to": 5 },
    } });
    vec![
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
