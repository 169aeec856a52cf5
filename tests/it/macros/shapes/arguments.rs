//! Parameters of every form.

#![expect(
    clippy::many_single_char_names,
    clippy::trivially_copy_pass_by_ref,
    clippy::needless_pass_by_value,
    reason = "each kind of argument, whether it is well chosen or not"
)]

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use behavior_trace::behavior_trace;

use crate::macros::collected::{block_on, events};

const TOUCHED: [&str; 1] = ["user.touch User id=7"];

#[test]
fn patterns_are_taken_apart_as_before() {
    struct Point {
        x: u64,
        y: u64,
    }
    struct Pair(u64, u64);

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = a + b + c + d + e + f + g)]
    fn sum(
        (a, mut b): (u64, u64),
        Point { x: c, y: d }: Point,
        [e, _]: [u64; 2],
        &f: &u64,
        Pair(g, ..): Pair,
    ) -> u64 {
        b += a;
        b + c + d + e + f + g
    }

    let pair = Pair(0, 1);
    assert_eq!(pair.1, 1);
    let recorded = events(|| sum((1, 1), Point { x: 1, y: 1 }, [1, 9], &2, pair));
    assert_eq!(recorded, TOUCHED);
}

#[test]
fn a_whole_and_its_parts_are_bound_together() {
    #[expect(clippy::toplevel_ref_arg, reason = "the shape under test")]
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = whole.0)]
    fn touch(whole @ (first, _): (u64, u64), ref kept: String, ref mut grown: Vec<u64>) -> u64 {
        grown.push(first);
        whole.1 + grown.len() as u64 + kept.len() as u64
    }
    assert_eq!(
        events(|| touch((7, 1), "k".to_owned(), Vec::new())),
        TOUCHED
    );
}

#[test]
fn an_argument_is_dropped_where_it_was_before() {
    type Nested<'a> = (Noisy<'a>, Noisy<'a>, (Noisy<'a>, Noisy<'a>));

    struct Noisy<'a>(char, &'a RefCell<String>);

    impl Drop for Noisy<'_> {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "its drop is looked at")]
    fn bare(
        _: Noisy<'_>,
        b: Noisy<'_>,
        (_c, _x): (Noisy<'_>, Noisy<'_>),
        (_, _y, (_, _)): Nested<'_>,
        _d: Noisy<'_>,
        mut e: Noisy<'_>,
    ) -> u64 {
        let _local = Noisy('l', b.1);
        e.0 = 'f';
        7
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn watched(
        _: Noisy<'_>,
        b: Noisy<'_>,
        (_c, _x): (Noisy<'_>, Noisy<'_>),
        (_, _y, (_, _)): Nested<'_>,
        _d: Noisy<'_>,
        mut e: Noisy<'_>,
    ) -> u64 {
        let _local = Noisy('l', b.1);
        e.0 = 'f';
        7
    }

    #[expect(clippy::future_not_send, reason = "one thread is enough to drop")]
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    async fn awaited(
        _: Noisy<'_>,
        b: Noisy<'_>,
        (_c, _x): (Noisy<'_>, Noisy<'_>),
        (_, _y, (_, _)): Nested<'_>,
        _d: Noisy<'_>,
        mut e: Noisy<'_>,
    ) -> u64 {
        let _local = Noisy('l', b.1);
        tokio::task::yield_now().await;
        e.0 = 'f';
        7
    }

    let order = |call: fn([Noisy<'_>; 10]) -> u64| {
        let order = RefCell::new(String::new());
        call(['a', 'b', 'c', 'x', 'u', 'y', 'v', 'w', 'd', 'e'].map(|name| Noisy(name, &order)));
        order.take()
    };
    let expected = order(|[a, b, c, x, u, y, v, w, d, e]| bare(a, b, (c, x), (u, y, (v, w)), d, e));
    let recorded = events(|| {
        assert_eq!(
            order(|[a, b, c, x, u, y, v, w, d, e]| watched(a, b, (c, x), (u, y, (v, w)), d, e)),
            expected
        );
        assert_eq!(
            order(|[a, b, c, x, u, y, v, w, d, e]| block_on(awaited(
                a,
                b,
                (c, x),
                (u, y, (v, w)),
                d,
                e
            ))),
            expected
        );
    });
    assert_eq!(recorded.len(), 2);
}

#[test]
fn an_argument_may_be_reassigned_to_what_the_body_owns() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = name.len())]
    fn touch(mut name: &str) -> usize {
        let longer = format!("{name}!");
        if !name.is_empty() {
            name = &longer;
        }
        name.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = name.len())]
    async fn touch_later(mut name: &str) -> usize {
        let longer = format!("{name}!");
        if !name.is_empty() {
            name = &longer;
        }
        tokio::task::yield_now().await;
        name.len()
    }
    assert_eq!(events(|| touch("1234567")), TOUCHED);
    assert_eq!(events(|| block_on(touch_later("1234567"))), TOUCHED);
}

#[test]
fn a_moved_argument_is_captured_before_the_move() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = name)]
    fn touch(name: String) -> usize {
        std::mem::drop(name);
        0
    }
    assert_eq!(events(|| touch("7".to_owned())), TOUCHED);
}

#[test]
fn an_argument_may_be_opaque_dynamic_or_generic() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn touch<T, const N: usize>(id: impl Display, work: &dyn Fn() -> usize, more: [T; N]) -> usize
    where
        T: Clone,
    {
        work() + more.len() + id.to_string().len()
    }
    assert_eq!(events(|| touch(7, &|| 1, [(); 2])), TOUCHED);
}

#[test]
fn an_argument_may_be_there_under_a_condition_only() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn touch(#[cfg(test)] id: u64, #[cfg(not(test))] absent: Absent) -> u64 {
        id
    }
    assert_eq!(events(|| touch(7)), TOUCHED);
}

#[test]
fn names_of_ours_are_free_for_the_user() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = __call, payload = (__returned, __writer))]
    fn touch(__call: u64, __returned: u64, __writer: u64, __ok: u64) -> u64 {
        let __future = __call + __returned + __writer;
        __future + __ok
    }
    assert_eq!(
        events(|| touch(7, 1, 2, 3)),
        ["user.touch User id=7 payload=[1,2]"]
    );
}

#[test]
fn a_raw_name_is_a_name() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = r#type)]
    fn touch(r#type: u64) -> u64 {
        r#type
    }
    assert_eq!(events(|| touch(7)), TOUCHED);
}

#[test]
fn an_argument_that_is_not_sync_keeps_the_future_send() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = cell.get())]
    async fn touch(cell: std::cell::Cell<u64>) -> u64 {
        tokio::task::yield_now().await;
        cell.get()
    }
    assert_eq!(
        events(|| block_on(assert_send(touch(std::cell::Cell::new(7))))),
        TOUCHED
    );
}

#[test]
fn a_future_that_cannot_be_sent_is_fine_too() {
    #[expect(clippy::future_not_send, reason = "the shape under test")]
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = shared)]
    async fn touch(shared: Rc<u64>) -> u64 {
        tokio::task::yield_now().await;
        *shared
    }
    assert_eq!(events(|| block_on(touch(Rc::new(7)))), TOUCHED);
}

#[test]
fn an_underscored_argument_is_no_used_binding() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
    fn touch(_unused: &str, _: u64) {}
    assert_eq!(events(|| touch("", 1)), TOUCHED);
}
