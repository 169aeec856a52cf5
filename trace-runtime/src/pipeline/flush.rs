//! Requests to the writer, and their replies by a deadline.

use std::io;
use std::sync::{Arc, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::RecorderHandle;
use crate::deadline::{deadline, left_until};
use crate::shared::{Promise, ReplySender, Request, RequestKind};
use crate::stats::DeliveryReport;

/// Extra time for the writer's own report that the deadline has passed.
const GRACE: Duration = Duration::from_millis(100);

type Guard = Box<dyn FnOnce() + Send>;

impl RecorderHandle {
    /// Sends a request and awaits the report without a timer of the caller's runtime, which may be any or none. The writer
    /// answers by the deadline. If it is stuck, a thread started for this request answers. If no such thread can be started,
    /// the call waits for the writer alone.
    pub(super) async fn ask_async(&self, wish: RequestKind, within: Duration) -> DeliveryReport {
        self.ask_guarded(wish, within, |guard| {
            let guarding = thread::Builder::new().name("behavior-trace-ask".to_owned());
            guarding.spawn(guard).map(drop)
        })
        .await
    }

    async fn ask_guarded(
        &self,
        wish: RequestKind,
        within: Duration,
        start: impl FnOnce(Guard) -> io::Result<()>,
    ) -> DeliveryReport {
        match self.begin_to_ask(wish, within, start) {
            Some(answered) => answered.await.unwrap_or_else(|_| self.as_it_stands()),
            None => self.as_it_stands(),
        }
    }

    fn begin_to_ask(
        &self,
        wish: RequestKind,
        within: Duration,
        start: impl FnOnce(Guard) -> io::Result<()>,
    ) -> Option<oneshot::Receiver<DeliveryReport>> {
        let deadline = deadline(within);
        let (answer, answered) = oneshot::channel();
        let promise = Arc::new(Promise::new(answer));
        let (open, ended) = mpsc::channel();
        let guarded = Arc::clone(&promise);
        self.ask(
            wish,
            deadline,
            ReplySender::Future {
                promise,
                _open: open,
            },
        )?;
        let handle = self.clone();
        // Without the thread, the request only lacks its guard.
        let _ = start(Box::new(move || {
            let _ = ended.recv_timeout(left_until(deadline) + GRACE);
            guarded.keep(|| handle.as_it_stands());
        }));
        Some(answered)
    }

    pub(super) fn ask_blocking(&self, wish: RequestKind, within: Duration) -> DeliveryReport {
        let deadline = deadline(within);
        let (answer, answered) = mpsc::sync_channel(1);
        self.ask(wish, deadline, ReplySender::Thread(answer))
            .and_then(|()| answered.recv_timeout(left_until(deadline) + GRACE).ok())
            .unwrap_or_else(|| self.as_it_stands())
    }

    /// Sends a request without waiting for the report.
    pub(super) fn ask_only(&self, wish: RequestKind, within: Duration) {
        let (answer, _) = mpsc::sync_channel(1);
        self.ask(wish, deadline(within), ReplySender::Thread(answer));
    }

    /// Sends a request, if there is a writer that this thread may wait for.
    fn ask(&self, wish: RequestKind, deadline: Instant, answer: ReplySender) -> Option<()> {
        let shared = &self.shared;
        if shared.queue.is_forked() || shared.is_writer_thread() {
            return None;
        }
        if wish == RequestKind::Shutdown {
            shared.queue.close();
        }
        {
            let mut requests = shared
                .requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if requests.ended {
                return None;
            }
            requests.open.push(Request {
                wish,
                deadline: deadline.into(),
                answer,
                before: 0,
            });
        }
        shared.queue.wake();
        Some(())
    }

    fn as_it_stands(&self) -> DeliveryReport {
        let stats = self.stats();
        DeliveryReport::new(&stats, stats.in_memory)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    use behavior_trace_core::{
        Activity, Admission, Call, Event, Field, Fields, Masks, Policy, Timestamp,
    };
    use uuid::Uuid;

    use super::*;
    use crate::Pipeline;
    use crate::config::Config;
    use crate::policy::DefaultPolicy;
    use behavior_trace_store::DatabaseUrl;

    const LONG: Duration = Duration::from_secs(20);

    /// Policy that blocks the writer's thread until the test lets it continue.
    struct Slow {
        default: DefaultPolicy,
        go_on: Mutex<mpsc::Receiver<()>>,
    }

    impl Policy for Slow {
        fn admit(&self, call: &Call<'_>) -> Admission {
            self.default.admit(call)
        }

        fn masks(&self) -> &Masks {
            self.default.masks()
        }

        fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
            let _ = self.go_on.lock().expect("no panic").recv();
            self.default.finish(event_id, event)
        }
    }

    /// Starts a recorder with one event, whose writer cannot finish before the sender is dropped.
    fn held_up() -> (Pipeline, mpsc::Sender<()>) {
        let (gate, go_on) = mpsc::channel();
        let mut config = Config::default();
        config.database_url = Some(DatabaseUrl::memory());
        config.policy = Some(Arc::new(Slow {
            default: DefaultPolicy::default(),
            go_on: Mutex::new(go_on),
        }));
        let recorder = Pipeline::start(config).expect("a good configuration");
        let mut fields = Fields::new();
        fields.put(Field::Action, "user.update");
        fields.put(Field::Resource, "User");
        recorder.sink().accept(Timestamp::now(), &fields);
        (recorder, gate)
    }

    /// Returns the number of stored rows after the writer has ended.
    fn stored_at_the_end(handle: &RecorderHandle) -> u64 {
        let _ = handle.ask_blocking(RequestKind::Flush, LONG);
        let stats = handle.stats();
        assert_eq!(stats.unaccounted(), 0, "{stats:?}");
        stats.stored
    }

    #[tokio::test]
    async fn where_no_thread_can_be_had_the_writers_own_word_is_waited_for() {
        let (recorder, gate) = held_up();
        let refused = |_: Guard| Err(io::ErrorKind::WouldBlock.into());
        let mut asked = pin!(
            recorder
                .handle
                .ask_guarded(RequestKind::Shutdown, LONG, refused)
        );
        assert!(poll_once(asked.as_mut()).is_pending());
        drop(gate);
        let report = asked.await;
        assert!(report.is_complete(), "{report}");
        assert_eq!(report.stored, 1);
    }

    #[tokio::test]
    async fn a_writer_that_is_stuck_is_waited_for_until_the_deadline() {
        let (recorder, gate) = held_up();
        let report = recorder
            .handle
            .ask_async(RequestKind::Flush, Duration::from_millis(1))
            .await;
        assert_eq!(report.pending, 1);
        drop(gate);
    }

    #[test]
    fn a_shutdown_that_is_dropped_while_it_waits_goes_on_without_its_caller() {
        let (recorder, gate) = held_up();
        let handle = recorder.handle();
        let begun = Instant::now();
        {
            let mut ending = pin!(recorder.shutdown(LONG));
            assert!(poll_once(ending.as_mut()).is_pending());
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
        drop(gate);
        assert_eq!(stored_at_the_end(&handle), 1);
    }

    #[test]
    fn a_shutdown_that_is_dropped_before_it_began_ends_the_recording_and_waits_for_nothing() {
        let (recorder, gate) = held_up();
        let handle = recorder.handle();
        let begun = Instant::now();
        let ending = recorder.shutdown(LONG);
        assert!(!handle.shared.queue.is_full());
        drop(ending);
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(handle.shared.queue.is_full());
        drop(gate);
        assert_eq!(stored_at_the_end(&handle), 1);
    }

    #[test]
    fn a_recorder_that_is_shared_is_shut_down_by_each_who_has_it() {
        let (recorder, gate) = held_up();
        let handle = recorder.handle();
        let recorder = Arc::new(recorder);
        let first = {
            let recorder = Arc::clone(&recorder);
            thread::spawn(move || recorder.shutdown_blocking(LONG))
        };
        let mut second = pin!(recorder.shutdown(LONG));
        assert!(poll_once(second.as_mut()).is_pending());
        // Its shutdown has begun, so the drop of its last owner has nothing to wait for.
        drop(gate);
        let first = first.join().expect("no panic");
        assert_eq!((first.stored, first.pending), (1, 0));
        assert_eq!(recorder.shutdown_blocking(LONG), first);
        drop(recorder);
        assert_eq!(stored_at_the_end(&handle), 1);
    }

    #[test]
    fn the_owner_may_be_dropped_while_its_shutdown_is_under_way() {
        let (recorder, gate) = held_up();
        let begun = Instant::now();
        let ending = recorder.shutdown(LONG);
        // It waits for nothing: the gate is shut.
        drop(recorder);
        assert!(begun.elapsed() < Duration::from_secs(1));
        let mut ending = pin!(ending);
        assert!(poll_once(ending.as_mut()).is_pending());
        drop(gate);
        let report = block_on(ending);
        assert_eq!((report.stored, report.pending), (1, 0));
    }

    #[test]
    fn the_error_hook_has_a_thread_of_its_own_while_the_recorder_starts() {
        let (tell, told) = mpsc::channel();
        let mut config = Config::default();
        config.set("SPOLL_DIR", "is not known, which is worth a warning");
        config.database_url = Some(DatabaseUrl::memory());
        config.on_error = Some(Arc::new(move |_| {
            let _ = tell.send(thread::current().name().map(str::to_owned));
        }));
        let _recorder = Pipeline::start(config).expect("a warning is no error");
        let name = told.recv_timeout(LONG).expect("the hook is told");
        assert_eq!(name.as_deref(), Some("behavior-trace-hook"));
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime starts")
            .block_on(future)
    }

    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }
}
