//! Recorded fields of a call, and the time at which each is captured.

use behavior_trace::{Actor, behavior_trace, record};
use behavior_trace_core::{Counter, Level};
use serde::Serialize;

use super::collected::{block_on, events, tallies, watch, watch_at};

#[derive(Serialize, Clone)]
struct User {
    id: u64,
    email: String,
    #[serde(rename = "password")]
    secret: String,
}

fn ada() -> User {
    User {
        id: 7,
        email: "ada@example.org".to_owned(),
        secret: "hunter2".to_owned(),
    }
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: u64) -> Result<User, String> {
    if id == 0 {
        Err("no such user".to_owned())
    } else {
        Ok(ada())
    }
}

#[behavior_trace(action = "user.create", resource = "User", resource_id = |user| user.id, payload = |user| user)]
async fn create(user: User) -> Result<User, String> {
    tokio::task::yield_now().await;
    Ok(user)
}

#[test]
fn an_argument_is_taken_at_the_entry() {
    assert_eq!(events(|| update(7)), ["user.update User id=7"]);
}

#[test]
fn a_failed_call_records_nothing() {
    assert_eq!(events(|| update(0).is_err()), [""; 0]);
}

#[test]
fn a_closure_sees_the_success_value_and_secrets_are_masked() {
    assert_eq!(
        events(|| block_on(create(ada()))),
        [
            r#"user.create User id=7 payload={"id":7,"email":"ada@example.org","password":"[masked]"}"#
        ]
    );
}

#[behavior_trace(
    action = "user.rename", resource = "User", resource_id = user.id, payload = (&user.email, name),
    actor = Actor::admin(1), reason = format!("asked by {name}")
)]
fn rename(user: User, name: &str) -> User {
    drop(user.email);
    User {
        email: name.to_owned(),
        id: user.id,
        secret: user.secret,
    }
}

#[test]
fn what_the_body_moves_was_captured_before() {
    assert_eq!(
        events(|| rename(ada(), "Grace")),
        [
            r#"user.rename User id=7 actor=ADMIN actor_id=1 payload=["ada@example.org","Grace"] reason=asked by Grace"#
        ]
    );
}

fn computed() -> u64 {
    panic!("computed")
}

#[test]
fn at_the_level_of_facts_the_payload_is_not_computed() {
    #[behavior_trace(action = "user.touch", resource = "User", payload = computed())]
    fn touch() {}

    let ((), seen) = watch_at(Level::Facts, touch);
    assert_eq!(seen.events, ["user.touch User"]);
    assert_eq!(seen.tallies, []);
}

#[test]
fn a_panic_while_capturing_is_counted_and_the_event_kept() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = 7, payload = computed())]
    fn touch() {}

    let ((), seen) = watch(touch);
    assert_eq!(seen.events, ["user.touch User id=7"]);
    assert_eq!(seen.tallies, [Counter::Panicked]);
}

#[behavior_trace(action = "user.update", resource = "User", bind = event)]
async fn change(user: &mut User, email: &str) -> Result<(), String> {
    let before = user.clone();
    tokio::task::yield_now().await;
    email.clone_into(&mut user.email);
    event.resource_id(user.id);
    event.diff(&before, user);
    if email.is_empty() {
        return Err("no address".to_owned());
    }
    Ok(())
}

#[test]
fn the_body_says_what_changed() {
    assert_eq!(
        events(|| block_on(change(&mut ada(), "a@b.c"))),
        [r#"user.update User id=7 diff={"email":{"from":"ada@example.org","to":"a@b.c"}}"#]
    );
}

#[test]
fn what_a_failed_body_said_is_forgotten() {
    assert_eq!(
        events(|| block_on(change(&mut ada(), "")).is_err()),
        [""; 0]
    );
}

#[test]
fn nothing_changed_is_counted_and_records_nothing() {
    assert_eq!(
        tallies(|| block_on(change(&mut ada(), "ada@example.org"))),
        [Counter::Unchanged]
    );
}

#[test]
fn an_event_is_recorded_from_the_middle_of_a_function() {
    let name = "Grace".to_owned();
    let recorded = events(|| {
        for id in 1..=2 {
            record!(
                action = "user.update",
                resource = "User",
                resource_id = id,
                payload = name
            );
        }
    });
    assert_eq!(
        recorded,
        [
            r#"user.update User id=1 payload="Grace""#,
            r#"user.update User id=2 payload="Grace""#
        ]
    );
    assert_eq!(name, "Grace");
}

#[test]
fn an_action_known_at_run_time_is_judged_by_the_policy() {
    let act = |verb: &str| record!(action = format!("user.{verb}"), resource = "User");
    assert_eq!(events(|| act("update")), ["user.update User"]);
    assert_eq!(tallies(|| act("export")), [Counter::Refused]);
}
