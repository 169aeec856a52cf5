//! Changes of one user.

use behavior_trace_core::Activity;
use serde_json::{Value, json};

use super::{by, change, row};

/// Returns changes of one user, for a history.
pub(super) fn rows() -> Vec<Activity<'static>> {
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
