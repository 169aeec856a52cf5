//! A day in a shop, so that the page has rows to look at.

use behavior_trace::{Actor, Context, record};
use serde_json::json;

/// Records the day.
pub(crate) fn open() {
    accounts();
    order();
    night();
}

fn request(route: &'static str, id: &str) -> Context {
    Context::new()
        .route_name(route)
        .request_id(id)
        .correlation_id(id)
        .ip_address("203.0.113.24")
}

fn accounts() {
    let grace = Actor::admin(1).with_label("Grace Hopper");
    let ada = Actor::user(7).with_label("Ada Lovelace");
    let invited = request("POST /users", "req_Wm3tq0Yc7Lr").actor(grace);
    invited.in_scope(|| {
        record!(
            action = "user.create",
            resource = "User",
            resource_id = 7,
            reason = "Invited after the trade fair",
            payload = json!({"name": "Ada Byron", "email": "ada@byron.example", "plan": "free"})
        );
    });
    let moved = request("PATCH /users/{id}", "req_7QmZ2vKx91b");
    let moved = moved.actor(ada).impersonator(Actor::admin(1));
    moved.in_scope(|| {
        record!(
            action = "user.update",
            resource = "User",
            resource_id = 7,
            reason = "She lost access to the old mailbox; ticket 3388",
            diff = (
                json!({"email": "ada@byron.example", "password": "old"}),
                json!({"email": "ada@lovelace.example", "password": "new"})
            )
        );
    });
}

fn order() {
    let grace = Actor::admin(1).with_label("Grace Hopper");
    request("POST /orders/{id}/approve", "req_Zk9fT1mB4nQ")
        .actor(grace)
        .in_scope(|| {
            record!(
                action = "order.approve",
                resource = "Order",
                resource_id = 5012,
                reason = "Customer confirmed the delivery date by phone",
                diff = (json!({"status": "pending"}), json!({"status": "approved"}))
            );
            record!(
                action = "invoice.create",
                resource = "Invoice",
                resource_id = 9120,
                payload = json!({"number": "R-2026-09120", "total": "1249.00", "currency": "EUR"})
            );
            record!(
                action = "shipment.assign",
                resource = "Shipment",
                resource_id = 771,
                diff = (json!({"carrier": null}), json!({"carrier": "DHL"}))
            );
        });
}

fn night() {
    Context::new().actor(Actor::system()).in_scope(|| {
        record!(
            action = "notification.archive",
            resource = "Notification",
            count = 1240,
            ids = [88_120, 88_121, 88_122, 88_123]
        );
    });
}
