//! Each program of the guide's page on frameworks runs, is called over a socket, and its rows are read back.

mod guide;
mod program;

use behavior_trace::Activity;
use program::{Answer, Program};

/// Checks what the program answers and records.
fn check(exe: &str, template: &str) {
    let program = Program::start(exe);
    let renamed = program.call("PATCH /users/8", "Ada");
    assert_eq!(renamed.status, 200, "{renamed:?}");
    assert_eq!(renamed.header("x-request-id"), Some("r-1"), "{renamed:?}");

    let refused = program.call("PATCH /users/9", "");
    assert_eq!(refused.status, 422, "{refused:?}");
    let unknown = program.call("GET /nowhere", "");
    assert_eq!(unknown.status, 404, "{unknown:?}");
    for answer in [refused, unknown] {
        assert_eq!(answer.header("x-request-id"), Some("r-1"), "{answer:?}");
    }

    let rows = program.rows();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_row(&rows[0], template);
}

#[track_caller]
fn assert_row(row: &Activity<'_>, template: &str) {
    assert_eq!((&*row.action, &*row.resource), ("user.update", "User"));
    assert_eq!(row.resource_id.as_deref(), Some("8"));
    assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
    assert_eq!(row.request_id.as_deref(), Some("r-1"));
    assert_eq!(row.route_name.as_deref(), Some(template));
    // The peer is a trusted proxy, so the client is the one that it names.
    assert_eq!(row.ip_address.as_deref(), Some("203.0.113.9"));
    assert_eq!(row.user_agent.as_deref(), Some("tests/1"));
    assert_eq!(row.correlation_id.as_deref().map(str::len), Some(36));
}

#[test]
fn axum_0_8_records_who_renamed_whom_from_where() {
    check(env!("CARGO_BIN_EXE_axum_0_8"), "/users/{id}");
}

#[test]
fn axum_0_7_records_who_renamed_whom_from_where() {
    check(env!("CARGO_BIN_EXE_axum_0_7"), "/users/:id");
}

#[test]
fn axum_0_6_records_who_renamed_whom_from_where() {
    check(env!("CARGO_BIN_EXE_axum_0_6"), "/users/:id");
}

#[test]
fn rocket_records_who_renamed_whom_from_where() {
    check(env!("CARGO_BIN_EXE_rocket_0_5"), "/users/<id>");
}

#[test]
fn actix_web_records_who_renamed_whom_from_where() {
    check(env!("CARGO_BIN_EXE_actix_web_4"), "/users/{id}");
}

/// Managed state is dropped when Rocket has ended, and the drop stores what is in memory.
#[test]
fn a_recorder_that_rocket_owns_stores_its_rows_at_the_end() {
    let program = Program::start(env!("CARGO_BIN_EXE_rocket_launch"));
    let approved = program.call("POST /users/8/approve", "");
    assert_eq!(approved.status, 200, "{approved:?}");
    let rows = program.rows();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].action, "user.approve");
}

/// Without a proxy in between, the address is the socket's.
#[test]
fn a_peer_that_is_no_trusted_proxy_is_the_client_itself() {
    for exe in [
        env!("CARGO_BIN_EXE_axum_0_6"),
        env!("CARGO_BIN_EXE_axum_0_7"),
        env!("CARGO_BIN_EXE_rocket_0_5"),
    ] {
        let program = Program::start_without_proxies(exe);
        let answer: Answer = program.call("PATCH /users/8", "Ada");
        assert_eq!(answer.status, 200, "{answer:?}");
        let rows = program.rows();
        assert_eq!(rows[0].ip_address.as_deref(), Some("127.0.0.1"), "{exe}");
    }
}
