//! The story of an approval.

use behavior_trace_core::Activity;
use serde_json::{Value, json};

use super::{by, change, of, row};

/// Returns the story of an approval: in a request, a job of shipping, and a job of billing.
pub(super) fn rows() -> Vec<Activity<'static>> {
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
