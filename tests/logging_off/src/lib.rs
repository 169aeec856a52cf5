//! Recording in a program that was compiled without any logging.
#![cfg(test)]

use behavior_trace::test::Capture;
use behavior_trace::{Actor, Context, assert_recorded, behavior_trace, record};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: u64) -> Result<(), String> {
    Ok(())
}

#[behavior_trace(action = "user.delete", resource = "User", resource_id = id)]
async fn delete(id: u64) -> Result<(), String> {
    Ok(())
}

#[test]
fn logging_is_off_in_this_build() {
    assert_eq!(STATIC_MAX_LEVEL, LevelFilter::OFF);
    assert!(tracing::error_span!("request").is_disabled());
}

#[test]
fn annotated_functions_are_recorded_with_the_context_around_them() {
    let capture = Capture::new();
    capture.in_scope(|| {
        let context = Context::new().actor(Actor::user(7)).request_id("r-1");
        context.in_scope(|| update(1)).expect("it succeeds");
    });
    assert_recorded!(
        capture,
        action = "user.update",
        resource_id = "1",
        actor_id = 7,
        request_id = "r-1"
    );
}

#[test]
fn annotated_async_functions_are_recorded() {
    let capture = Capture::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime
        .expect("a runtime without drivers needs nothing")
        .block_on(capture.scope(delete(2)))
        .expect("it succeeds");
    assert_recorded!(capture, action = "user.delete", resource_id = "2");
}

#[test]
fn the_form_for_the_middle_of_a_function_is_recorded() {
    let capture = Capture::new();
    capture.in_scope(|| record!(action = "user.approve", resource = "User", resource_id = 3));
    assert_recorded!(capture, action = "user.approve", resource_id = "3");
}

#[test]
fn what_is_written_by_hand_as_a_tracing_event_is_compiled_out() {
    let capture = Capture::new();
    capture.in_scope(|| {
        tracing::info!(target: "behavior_trace", action = "user.update", resource = "User");
    });
    assert_eq!(capture.activities(), []);
}
