//! Whether there may be new rows: one look at the end of the table, for all tails together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use behavior_trace_store::Reader;
use tokio::sync::watch;

use super::Shutdown;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// The looks at the end of the table. They run while there are tails, and see an id, but no row.
pub(super) struct News {
    /// The signal that ends all, until the first tail waits for it.
    shutdown: Mutex<Option<Shutdown>>,
    is_over: watch::Sender<bool>,
    last_id: watch::Sender<u64>,
    /// The looks run.
    is_looking: Arc<Mutex<bool>>,
}

/// What a tail waits for.
#[derive(Clone, Debug)]
pub(super) struct TailSignals {
    pub(super) last_id: watch::Receiver<u64>,
    pub(super) is_over: watch::Receiver<bool>,
}

impl News {
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown: Mutex::new(Some(shutdown)),
            is_over: watch::Sender::new(false),
            last_id: watch::Sender::new(0),
            is_looking: Arc::default(),
        }
    }

    /// Returns the signals for a tail. The first tail of several starts the looks.
    pub(super) fn subscribe(&self, reader: &Reader) -> TailSignals {
        self.wait_for_shutdown();
        let signals = TailSignals {
            last_id: self.last_id.subscribe(),
            is_over: self.is_over.subscribe(),
        };
        let was_looking = std::mem::replace(&mut *locked(&self.is_looking), true);
        if !was_looking {
            let looks = Looks {
                reader: reader.clone(),
                last_id: self.last_id.clone(),
                is_over: self.is_over.subscribe(),
                is_looking: Arc::clone(&self.is_looking),
            };
            tokio::spawn(looks.run());
        }
        signals
    }

    fn wait_for_shutdown(&self) {
        let Some(shutdown) = locked(&self.shutdown).take() else {
            return;
        };
        let is_over = self.is_over.clone();
        tokio::spawn(async move {
            shutdown.await;
            is_over.send_replace(true);
        });
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Looks {
    reader: Reader,
    last_id: watch::Sender<u64>,
    is_over: watch::Receiver<bool>,
    is_looking: Arc<Mutex<bool>>,
}

impl Looks {
    /// Looks until no tail is left.
    async fn run(mut self) {
        loop {
            // A database that does not answer has no news.
            if let Ok(id) = self.reader.last_id().await {
                self.last_id
                    .send_if_modified(|last| std::mem::replace(last, id) != id);
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.last_id.closed() => {}
                _ = self.is_over.wait_for(|is_over| *is_over) => return,
            }
            let mut is_looking = locked(&self.is_looking);
            if self.last_id.receiver_count() == 0 {
                *is_looking = false;
                return;
            }
        }
    }
}
