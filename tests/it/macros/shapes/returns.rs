//! Return types of every form.

#![expect(
    clippy::unused_async,
    reason = "each kind of function, whether it waits or not"
)]

use std::convert::Infallible;
use std::fmt::Display;

use behavior_trace::{Outcome, behavior_trace};

use crate::macros::collected::{block_on, events};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User"];

#[test]
fn a_question_mark_and_an_early_return_leave_the_body_alone() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn touch(text: &str) -> Result<u64, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(0);
        }
        let number: u64 = text.parse()?;
        Ok(number + 1)
    }
    assert_eq!(events(|| touch("")), TOUCHED);
    assert_eq!(events(|| touch("6")), TOUCHED);
    assert_eq!(events(|| touch("x")), NONE);
}

#[test]
fn what_is_borrowed_from_an_argument_may_be_returned() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn first(names: &mut Vec<String>) -> &mut String {
        names.push(String::new());
        &mut names[0]
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn longest<'a>(one: &'a str, other: &'a str) -> &'a str {
        if one.len() > other.len() { one } else { other }
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn found(names: &mut [String]) -> Result<&mut String, ()> {
        names.first_mut().ok_or(())
    }
    let mut names = Vec::new();
    assert_eq!(events(|| first(&mut names).push('x')), TOUCHED);
    assert_eq!(events(|| longest("a", "b").len()), TOUCHED);
    assert_eq!(events(|| found(&mut names).is_ok()), TOUCHED);
    assert_eq!(events(|| found(&mut []).is_ok()), NONE);
}

#[test]
fn an_alias_of_result_is_a_result() {
    type Answer<T> = std::result::Result<T, String>;
    mod own {
        pub(super) type Result = std::io::Result<u8>;
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn touch(fails: bool) -> Answer<()> {
        if fails { Err(String::new()) } else { Ok(()) }
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn write(fails: bool) -> own::Result {
        if fails {
            Err(std::io::Error::other("x"))
        } else {
            Ok(1)
        }
    }
    assert_eq!(events(|| (touch(true), touch(false))), TOUCHED);
    assert_eq!(
        events(|| (write(true).is_ok(), write(false).is_ok())),
        TOUCHED
    );
}

#[test]
fn a_type_that_is_only_called_result_is_a_value() {
    mod own {
        pub(super) struct Result(pub(super) u8);
    }

    #[behavior_trace(action = "user.touch", resource = "User", payload = |result| result.0)]
    fn touch() -> own::Result {
        own::Result(1)
    }
    assert_eq!(events(|| touch().0), ["user.touch User payload=1"]);
}

#[test]
fn ok_of_nothing_and_ok_of_false_are_successes() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn touch() -> Result<Option<u8>, String> {
        Ok(None)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn flip() -> Result<bool, String> {
        Ok(false)
    }
    assert_eq!(events(touch), TOUCHED);
    assert_eq!(events(flip), TOUCHED);
}

#[test]
fn values_are_coerced_as_before() {
    trait Speak {
        fn speak(&self) -> u8;
    }
    impl Speak for u8 {
        fn speak(&self) -> u8 {
            *self
        }
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn boxed(early: bool) -> Box<dyn Speak> {
        if early {
            return Box::new(1_u8);
        }
        Box::new(2_u8)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn awaited(
        early: bool,
    ) -> Result<Box<dyn Speak + Send>, Box<dyn std::error::Error + Send + Sync>> {
        if early {
            return Ok(Box::new(1_u8));
        }
        tokio::task::yield_now().await;
        Err("late")?;
        Ok(Box::new(2_u8))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn pointer(which: bool) -> fn(u8) -> u8 {
        fn one(n: u8) -> u8 {
            n
        }
        if which { one } else { |n| n + 1 }
    }
    assert_eq!(
        events(|| boxed(true).speak() + boxed(false).speak()).len(),
        2
    );
    assert_eq!(
        events(|| block_on(awaited(true)).is_ok_and(|it| it.speak() == 1)),
        TOUCHED
    );
    assert_eq!(events(|| block_on(awaited(false)).is_err()), NONE);
    assert_eq!(events(|| pointer(true)(1)), TOUCHED);
}

#[test]
fn an_opaque_type_stays_opaque() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn numbers(up_to: u8) -> impl Iterator<Item = u8> {
        0..up_to
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn either(fails: bool) -> Result<impl Display, impl Display> {
        if fails { Err("no") } else { Ok(1_u8) }
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn shown(up_to: u8) -> Result<Box<dyn Iterator<Item = impl Display>>, Infallible> {
        Ok(Box::new(0..up_to))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn shown_later(up_to: u8) -> Box<dyn Iterator<Item = impl Display>> {
        Box::new(0..up_to)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn adder(by: u8) -> impl Fn(u8) -> u8 {
        move |n| n + by
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn free(_text: &str) -> impl Display + use<> {
        7
    }
    assert_eq!(events(|| numbers(3).count()), TOUCHED);
    assert_eq!(
        events(|| (either(true).is_ok(), either(false).is_ok())),
        TOUCHED
    );
    assert_eq!(events(|| shown(3).map(Iterator::count)), TOUCHED);
    assert_eq!(events(|| block_on(shown_later(3)).count()), TOUCHED);
    assert_eq!(events(|| adder(1)(2)), TOUCHED);
    let text = String::from("short-lived");
    let recorded = events(|| free(&text));
    drop(text);
    assert_eq!(recorded, TOUCHED);
}

#[test]
fn an_enum_of_the_users_decides_for_itself() {
    enum Answer {
        Saved(u64),
        Conflict,
    }
    impl Outcome for Answer {
        type Success = u64;
        fn success(&self) -> Option<&u64> {
            match self {
                Self::Saved(id) => Some(id),
                Self::Conflict => None,
            }
        }
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn touch(id: u64) -> Answer {
        if id == 0 {
            Answer::Conflict
        } else {
            Answer::Saved(id)
        }
    }
    assert_eq!(
        events(|| {
            touch(0);
            touch(7)
        }),
        ["user.touch User id=7"]
    );
}

#[test]
fn a_word_says_when_it_is_a_success() {
    use std::ops::ControlFlow;
    use std::task::Poll;

    #[behavior_trace(action = "user.touch", resource = "User", on = true)]
    fn yes(answer: bool) -> bool {
        answer
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = false)]
    fn no(answer: bool) -> bool {
        answer
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = ok)]
    fn fine(answer: bool) -> Result<u8, u8> {
        if answer { Ok(1) } else { Err(1) }
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = always)]
    fn any(answer: bool) -> Option<bool> {
        answer.then_some(answer)
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = |poll| poll.is_ready())]
    fn ready(answer: bool) -> Poll<u8> {
        if answer {
            Poll::Ready(1)
        } else {
            Poll::Pending
        }
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = |flow| flow.is_continue())]
    async fn flow(answer: bool) -> ControlFlow<u8> {
        if answer {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(1)
        }
    }
    assert_eq!(events(|| (yes(true), yes(false))), TOUCHED);
    assert_eq!(events(|| (no(true), no(false))), TOUCHED);
    assert_eq!(events(|| (fine(true), fine(false))), TOUCHED);
    assert_eq!(events(|| (any(true), any(false))).len(), 2);
    assert_eq!(events(|| (ready(true), ready(false))), TOUCHED);
    assert_eq!(
        events(|| (block_on(flow(true)), block_on(flow(false)))),
        TOUCHED
    );
}

#[test]
fn a_parameter_as_return_type_says_on() {
    #[behavior_trace(action = "user.touch", resource = "User", on = always)]
    fn same<T>(value: T) -> T {
        value
    }
    assert_eq!(events(|| same(1)), TOUCHED);
}

#[test]
fn a_body_that_never_ends_well_is_no_warning() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn panics(really: bool) -> Result<u8, u8> {
        assert!(!really, "as asked");
        Err(1)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn diverges() -> u8 {
        panic!("always")
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn diverges_later() -> Result<u8, u8> {
        panic!("always")
    }
    let quiet = |work: fn() -> u8| std::panic::catch_unwind(work).is_err();
    assert_eq!(events(|| quiet(|| panics(true).unwrap_or_default())), NONE);
    assert_eq!(events(|| quiet(diverges)), NONE);
    assert_eq!(
        events(|| quiet(|| block_on(diverges_later()).unwrap_or_default())),
        NONE
    );
}
