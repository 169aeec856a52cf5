//! Successes that hold a further outcome, and outcomes behind pointers.

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use behavior_trace::{Outcome, behavior_trace};
use behavior_trace_core::Counter;

use super::collected::{events, tallies};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User"];

struct Saved(Option<u64>);

impl Outcome for Saved {
    type Success = u64;

    fn success(&self) -> Option<&u64> {
        self.0.as_ref()
    }
}

#[test]
fn an_ok_of_an_err_is_a_failure() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn touch(id: u64) -> Result<Result<u64, String>, String> {
        Ok(if id == 0 { Err(String::new()) } else { Ok(id) })
    }
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn save(id: u64) -> Result<Saved, String> {
        Ok(Saved((id != 0).then_some(id)))
    }
    assert_eq!(events(|| touch(7).is_ok()), ["user.touch User id=7"]);
    assert_eq!(events(|| touch(0).is_ok()), NONE);
    assert_eq!(events(|| save(7).is_ok()), ["user.touch User id=7"]);
    assert_eq!(events(|| save(0).is_ok()), NONE);
}

#[test]
fn what_is_nested_three_deep_is_not_recorded_unseen() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn touch() -> Result<Result<Result<u8, u8>, u8>, u8> {
        Ok(Ok(Err(1)))
    }
    assert_eq!(tallies(|| touch().is_ok()), [Counter::Undetermined]);
}

#[test]
fn a_result_is_one_behind_every_pointer() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn shared(id: u64) -> Arc<Result<u64, String>> {
        Arc::new(if id == 0 { Err(String::new()) } else { Ok(id) })
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn counted(id: u64) -> Rc<Result<u64, String>> {
        Rc::new(if id == 0 { Err(String::new()) } else { Ok(id) })
    }
    #[behavior_trace(action = "user.touch", resource = "User", on = some)]
    fn found(id: u64) -> Arc<Option<u64>> {
        Arc::new((id != 0).then_some(id))
    }
    #[behavior_trace(action = "user.touch", resource = "User", on = true)]
    fn agreed(answer: &bool) -> &bool {
        answer
    }
    assert_eq!(events(|| (shared(7), shared(0))), TOUCHED);
    assert_eq!(events(|| (counted(7), counted(0))), TOUCHED);
    assert_eq!(events(|| (found(7), found(0))), TOUCHED);
    assert_eq!(events(|| *agreed(&true)), TOUCHED);
    assert_eq!(events(|| *agreed(&false)), NONE);
}

#[test]
fn a_process_that_fails_has_done_nothing() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn run(fails: bool) -> ExitCode {
        if fails {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
    assert_eq!(events(|| run(false)), TOUCHED);
    assert_eq!(events(|| run(true)), NONE);
}
