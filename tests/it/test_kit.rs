//! The test kit: a capture collects the events that the running program would record.

use std::panic;
use std::thread;

use behavior_trace::context::{ContextToken, propagate, propagate_each, propagate_fn};
use behavior_trace::test::Capture;
use behavior_trace::{Actor, Context, assert_not_recorded, assert_recorded, record};
use tokio_stream::StreamExt;
use tracing_subscriber::layer::SubscriberExt;

fn touched(n: u64) {
    record!(action = "item.update", resource = "Item", resource_id = n);
}

fn elsewhere(work: impl FnOnce() + Send + 'static) {
    thread::spawn(work).join().expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_carried_out_of_a_captured_future_is_collected() {
    let capture = Capture::new();
    let call = async {
        let blocking = tokio::task::spawn_blocking(propagate_fn(|| touched(1)));
        let task = tokio::spawn(propagate(async { touched(2) }));
        let stream = tokio_stream::iter([3]).map(touched);
        let streamed = tokio::spawn(async move { carried_stream(stream).await });
        let nested = tokio::spawn(propagate(async {
            tokio::spawn(propagate(async { touched(4) })).await
        }));
        let scoped = tokio::spawn(Context::new().scope(async { touched(5) }));
        let alone = tokio::spawn(Context::root().scope(async { touched(6) }));
        blocking.await.expect("it ends well");
        task.await.expect("it ends well");
        streamed.await.expect("it ends well");
        nested.await.expect("it ends well").expect("it ends well");
        scoped.await.expect("it ends well");
        alone.await.expect("it ends well");
    };
    capture.scope(call).await;
    for n in [1, 2, 4, 5, 6] {
        assert_recorded!(capture, resource_id = n, times = 1);
    }
    // Its task was spawned without the capture.
    assert_not_recorded!(capture, resource_id = 3);
}

async fn carried_stream(stream: impl tokio_stream::Stream<Item = ()>) {
    let mut stream = std::pin::pin!(propagate(stream));
    while stream.next().await.is_some() {}
}

#[test]
fn what_is_carried_off_a_captured_thread_is_collected_with_its_context() {
    let capture = Capture::new();
    capture.in_scope(|| {
        Context::new().actor(Actor::user(7)).in_scope(|| {
            elsewhere(propagate_fn(|| touched(1)));
            let each = propagate_each(touched);
            elsewhere(move || [2, 3].into_iter().for_each(each));
            let context = Context::current().expect("it is current");
            elsewhere(move || context.in_scope(|| touched(4)));
            let job = Context::from(context_token().parse::<ContextToken>().expect("it is one"));
            elsewhere(move || job.in_scope(|| touched(5)));
        });
    });
    for n in 1..=5 {
        assert_recorded!(capture, resource_id = n, actor = Actor::user(7), times = 1);
    }
    let installed = capture.install();
    elsewhere(propagate_fn(|| touched(6)));
    drop(installed);
    assert_recorded!(capture, resource_id = 6);
}

fn context_token() -> String {
    Context::current()
        .expect("it is current")
        .token()
        .to_string()
}

#[test]
fn a_layer_into_a_capture_goes_along_with_the_subscriber_it_stands_in() {
    let capture = Capture::new();
    let subscriber = tracing_subscriber::registry().with(capture.layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", request_id = "r-1");
        span.in_scope(|| elsewhere(propagate_fn(|| touched(1))));
    });
    assert_recorded!(capture, resource_id = 1, request_id = "r-1");
}

#[test]
fn the_nearest_capture_collects_and_a_thread_is_left_as_it_was() {
    let (outer, inner) = (Capture::new(), Capture::new());
    let taken = outer.in_scope(|| propagate_fn(|| touched(1)));
    inner.in_scope(taken);
    assert_recorded!(inner, resource_id = 1);
    assert_not_recorded!(outer);

    let taken = outer.in_scope(|| propagate_fn(|| panic!("as a host's may")));
    let ended = panic::catch_unwind(panic::AssertUnwindSafe(taken));
    ended.expect_err("it panics");
    touched(2);
    assert_not_recorded!(outer);
}

#[test]
fn what_is_carried_without_a_context_has_that_of_where_it_runs() {
    let capture = Capture::new();
    let taken = capture.in_scope(|| propagate_fn(|| touched(1)));
    Context::root().actor(Actor::user(7)).in_scope(taken);
    assert_recorded!(capture, resource_id = 1, actor = Actor::user(7));
}

#[test]
fn a_capture_in_which_nothing_was_recorded_says_where_that_may_have_gone() {
    let capture = Capture::new();
    capture.in_scope(|| elsewhere(|| touched(1)));
    let failed = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        assert_recorded!(capture, action = "item.update");
    }));
    let panic = failed.expect_err("it was recorded elsewhere");
    let message = panic.downcast_ref::<String>().expect("it says something");
    assert!(
        message.contains("outside, unless it is wrapped in `propagate`"),
        "{message}"
    );
}
