//! Functions in unusual places: modules, blocks, other macros and other attributes.

#![expect(
    clippy::unused_async,
    clippy::let_and_return,
    clippy::future_not_send,
    reason = "each kind of function, whether it is well made or not"
)]

use crate::macros::collected::{block_on, events};

const TOUCHED: [&str; 1] = ["user.touch User id=7"];

/// Module in which the usual names mean something else.
mod shadowed {
    #![expect(
        dead_code,
        non_camel_case_types,
        reason = "they stand in the way of whoever names a thing without its whole path"
    )]

    mod core {}
    mod std {}
    mod behavior_trace {}
    struct Option;
    struct Result;
    struct Box;
    struct Some;
    struct None;
    struct bool;
    trait Into {}

    #[::behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id, payload = |ok| ok)]
    pub(super) async fn touch(id: u64) -> ::core::result::Result<u64, u64> {
        ::core::result::Result::Ok(id)
    }

    #[::behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id, bind = event)]
    pub(super) fn say(id: u64) {
        event.reason(id);
    }
}

#[test]
fn shadowed_names_are_no_obstacle() {
    assert_eq!(
        events(|| block_on(shadowed::touch(7))),
        ["user.touch User id=7 payload=7"]
    );
    assert_eq!(
        events(|| shadowed::say(7)),
        ["user.touch User id=7 reason=7"]
    );
}

/// Types of a foreign interface, under the names of standard types.
mod ffi {
    #![expect(
        dead_code,
        non_camel_case_types,
        reason = "they stand in the way of whoever names a thing without its whole path"
    )]

    pub(super) type bool = ::core::primitive::u8;
    pub(super) type u8 = ::core::primitive::i8;
    pub(super) type usize = ::core::primitive::u16;
    pub(super) type str = ::core::primitive::u32;
}

mod foreign_types {
    use super::ffi::*;

    #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id, when = |ok| *ok == 1)]
    pub(super) fn touch(id: u64) -> Result<bool, str> {
        Ok(1)
    }

    #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id, on = |ok| *ok == 1)]
    pub(super) async fn touch_later(id: u64) -> bool {
        1
    }
}

#[test]
fn types_under_the_names_of_others_are_no_obstacle() {
    assert_eq!(events(|| foreign_types::touch(7)), TOUCHED);
    assert_eq!(events(|| block_on(foreign_types::touch_later(7))), TOUCHED);
}

#[expect(non_snake_case, reason = "the name of what the attribute makes")]
mod our_names {
    use behavior_trace::{behavior_trace, record};

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = __BEHAVIOR_TRACE)]
    pub(super) fn sync(__BEHAVIOR_TRACE: u64) -> u64 {
        let __BEHAVIOR_TRACE_ = __BEHAVIOR_TRACE;
        __BEHAVIOR_TRACE_
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = __BEHAVIOR_TRACE)]
    pub(super) async fn later(__BEHAVIOR_TRACE: String) -> String {
        __BEHAVIOR_TRACE
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = 7, bind = __call)]
    pub(super) async fn bound(__ahead: u64, __returned: u64, __writer: u64) -> Result<u64, String> {
        let _trace = &__call;
        Ok(__ahead + __returned + __writer)
    }

    pub(super) fn said(__BEHAVIOR_TRACE: u64) {
        record!(
            action = "user.touch",
            resource = "User",
            resource_id = __BEHAVIOR_TRACE
        );
    }
}

#[test]
fn a_variable_may_have_a_name_of_ours() {
    assert_eq!(events(|| our_names::sync(7)), TOUCHED);
    assert_eq!(
        events(|| block_on(our_names::later("7".to_owned()))),
        TOUCHED
    );
    assert_eq!(events(|| block_on(our_names::bound(1, 2, 3))), TOUCHED);
    assert_eq!(events(|| our_names::said(7)), TOUCHED);
}

macro_rules! doubles {
    ($sync:ident $later:ident $boxed:ident, $e:expr, $p:pat, $t:ty) => {
        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = $e * 2)]
        fn $sync(_: &$t) -> u64 {
            $e * 2
        }

        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", payload = |ok| [*ok * $e, $e * 2])]
        async fn $later(_: &$t) -> u64 {
            if let $p = ($e * 2, 0) {
                return 2 * $e;
            }
            0
        }

        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = format!("{}", $e * 2))]
        fn $boxed() -> std::pin::Pin<Box<dyn std::future::Future<Output = u64>>> {
            Box::pin(async move { vec![$e * 2][0] })
        }
    };
}

doubles!(double_sync double_later double_boxed, 1 + 2, (6, _) | (_, 1), dyn std::fmt::Debug + Send);

#[test]
fn what_a_macro_is_given_as_one_stays_one() {
    assert_eq!(double_sync(&()), 6);
    assert_eq!(block_on(double_later(&())), 6);
    assert_eq!(block_on(double_boxed()), 6);
    let six = ["user.touch User id=6"];
    assert_eq!(events(|| double_sync(&())), six);
    assert_eq!(
        events(|| block_on(double_later(&()))),
        ["user.touch User payload=[18,6]"]
    );
    assert_eq!(events(|| block_on(double_boxed())), six);
}

mod renamed {
    pub(super) use ::behavior_trace as activity;
}

#[renamed::activity::behavior_trace(action = "user.touch", resource = "User", resource_id = id, crate = renamed::activity)]
fn by_another_name(id: u64) -> u64 {
    id
}

#[test]
fn the_facade_may_have_another_name() {
    assert_eq!(events(|| by_another_name(7)), TOUCHED);
}

const ACTION: &str = "user.touch";

mod names {
    pub(super) const RESOURCE: &str = "User";
}

#[behavior_trace::behavior_trace(action = ACTION, resource = names::RESOURCE, resource_id = 7)]
fn by_constants() {}

#[test]
fn names_may_be_constants() {
    assert_eq!(events(by_constants), TOUCHED);
}

macro_rules! touches {
    ($name:ident, $argument:ident: $ty:ty => $body:expr, $output:ty, $id:expr, $action:literal) => {
        #[behavior_trace::behavior_trace(action = $action, resource = "User", resource_id = $id)]
        fn $name($argument: $ty) -> $output {
            $body
        }
    };
}

touches!(from_macro, id: u64 => Ok(id), Result<u64, u64>, id, "user.touch");

macro_rules! blocks {
    ($vis:vis $name:ident, $body:block) => {
        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
        $vis fn $name() -> u64 $body
    };
}

blocks!(pub(super) from_block, { 7 });

macro_rules! items {
    ($touch:item) => {
        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
        $touch
    };
}

items! { async fn from_item() -> u64 { 7 } }

macro_rules! methods {
    ($self:ident, $ty:ident) => {
        impl $ty {
            #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = $self.0)]
            fn touch(&$self) -> u64 {
                $self.0
            }
        }
    };
}

struct Seven(u64);
methods!(self, Seven);

#[test]
fn functions_made_by_a_macro_are_functions() {
    assert_eq!(events(|| from_macro(7)), TOUCHED);
    assert_eq!(events(from_block), TOUCHED);
    assert_eq!(events(|| block_on(from_item())), TOUCHED);
    assert_eq!(events(|| Seven(7).touch()), TOUCHED);
}

/// Function with a doc comment and other attributes on both sides of the recorder's.
#[inline]
#[must_use]
#[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
#[cfg_attr(all(), doc = "Conditionally.")]
pub(super) fn attributed() -> u64 {
    #![expect(unused_variables, reason = "an inner attribute")]
    let unused = 1;
    7
}

#[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
#[tracing::instrument]
fn instrumented_below() {}

#[tracing::instrument]
#[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
fn instrumented_above() {}

#[test]
fn attributes_of_others_stay() {
    assert_eq!(events(attributed), TOUCHED);
    assert_eq!(events(instrumented_below), TOUCHED);
    assert_eq!(events(instrumented_above), TOUCHED);
}

#[test]
fn a_function_inside_a_function_is_one_of_its_own() {
    #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 8)]
    fn outer() -> u64 {
        #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
        fn inner() -> u64 {
            7
        }
        inner()
    }
    assert_eq!(
        events(outer),
        ["user.touch User id=7", "user.touch User id=8"]
    );
}

#[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
extern "C" fn foreign(number: u32) -> u32 {
    number
}

#[test]
fn an_extern_function_is_a_function() {
    assert_eq!(events(|| foreign(1)), TOUCHED);
}

#[test]
#[behavior_trace::behavior_trace(action = "user.touch", resource = "User")]
fn a_test_is_a_function() {}
