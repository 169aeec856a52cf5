//! Ten thousand random transactions, four at a time. The rows are compared with the items that they created.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use behavior_trace::transaction::{self, Transaction};
use behavior_trace_core::propagate;
use behavior_trace_servers::Kind;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sqlx::Pool;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};

use super::shop::{self, Engine, Found, Shop, refused, tell};

const TRANSACTIONS: usize = 10_000;
const AT_ONCE: usize = 4;
/// Number of transactions between two comparisons.
const ROUND: usize = 500;

/// Step of a transaction.
#[derive(Clone, Debug)]
enum Step {
    Create(Teller),
    Pause,
    Savepoint(Vec<Step>, InnerEnd),
    /// Stores the pending activity through the transaction.
    Store,
}

/// Code that records the creation of an item.
#[derive(Clone, Copy, Debug)]
enum Teller {
    Itself,
    /// A spawned task that the transaction awaits.
    Spawned,
    /// A spawned task that the transaction does not await, and that may outlive it.
    Late(u8),
}

#[derive(Clone, Copy, Debug)]
enum InnerEnd {
    Commit,
    Rollback,
    Drop,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Ok,
    Err,
    Panic,
    /// Drops the future after this many polls, wherever it is then, also during COMMIT.
    Cancel(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let teller = prop_oneof![
        3 => Just(Teller::Itself),
        1 => Just(Teller::Spawned),
        1 => (0..4_u8).prop_map(Teller::Late),
    ];
    let step = prop_oneof![
        6 => teller.prop_map(Step::Create),
        2 => Just(Step::Pause),
        1 => Just(Step::Store),
    ];
    let step = step.prop_recursive(3, 12, 4, |inner| {
        let end = prop_oneof![
            2 => Just(InnerEnd::Commit),
            1 => Just(InnerEnd::Rollback),
            1 => Just(InnerEnd::Drop),
        ];
        (prop::collection::vec(inner, 0..4), end)
            .prop_map(|(steps, end)| Step::Savepoint(steps, end))
    });
    prop::collection::vec(step, 0..5)
}

fn program() -> impl Strategy<Value = (Vec<Step>, End)> {
    let end = prop_oneof![
        5 => Just(End::Ok),
        2 => Just(End::Err),
        1 => Just(End::Panic),
        1 => (1..40_u8).prop_map(End::Cancel),
    ];
    (steps(), end)
}

/// Number of the next item, and the tasks that may outlive their transactions.
#[derive(Clone)]
struct World {
    next: Arc<AtomicI64>,
    late: Arc<Mutex<JoinSet<()>>>,
}

impl World {
    fn late(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Done<'a> = Pin<Box<dyn Future<Output = sqlx::Result<()>> + Send + 'a>>;

fn perform<'a, DB: Engine>(
    tx: &'a mut Transaction<'_, DB>,
    steps: &'a [Step],
    world: &'a World,
) -> Done<'a> {
    Box::pin(async move {
        for step in steps {
            match step {
                Step::Create(teller) => create(tx, *teller, world).await?,
                Step::Pause => yield_now().await,
                Step::Store => tx.store_activity().await?,
                Step::Savepoint(steps, end) => {
                    let mut inner = tx.begin().await?;
                    perform(&mut inner, steps, world).await?;
                    match end {
                        InnerEnd::Commit => inner.commit().await?,
                        InnerEnd::Rollback => inner.rollback().await?,
                        InnerEnd::Drop => drop(inner),
                    }
                }
            }
        }
        Ok(())
    })
}

async fn create<DB: Engine>(
    tx: &mut Transaction<'_, DB>,
    teller: Teller,
    world: &World,
) -> sqlx::Result<()> {
    let item = world.next.fetch_add(1, Ordering::Relaxed);
    DB::insert(tx, item).await?;
    match teller {
        Teller::Itself => tell(item),
        Teller::Spawned => {
            let task = tokio::spawn(propagate(async move { tell(item) }));
            task.await.expect("telling does not panic");
        }
        Teller::Late(pauses) => {
            let task = propagate(async move {
                for _ in 0..pauses {
                    yield_now().await;
                }
                tell(item);
            });
            world.late().spawn(task);
        }
    }
    Ok(())
}

async fn run<DB: Engine>(pool: Pool<DB>, steps: Vec<Step>, end: End, world: World) {
    let trade = transaction::run(&pool, async |tx| {
        perform(tx, &steps, &world).await?;
        match end {
            End::Err => Err(refused()),
            // This unwinds without a message of the panic hook.
            End::Panic => std::panic::resume_unwind(Box::new(())),
            End::Ok | End::Cancel(_) => Ok(()),
        }
    });
    let polls = match end {
        End::Cancel(polls) => usize::from(polls),
        _ => usize::MAX,
    };
    let _ = Polled {
        polls,
        future: pin!(trade),
    }
    .await;
}

/// Future that ends after a number of polls.
struct Polled<F> {
    polls: usize,
    future: F,
}

impl<F: Future + Unpin> Future for Polled<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        Pin::new(&mut self.future).poll(cx).map(Some)
    }
}

async fn every_change_has_its_row_and_every_row_its_change<DB: Engine>(shop: &Shop<DB>) {
    let world = World {
        next: Arc::new(AtomicI64::new(1)),
        late: Arc::default(),
    };
    let mut runner = TestRunner::deterministic();
    let programs = program();
    for _ in 0..TRANSACTIONS / ROUND {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut running = JoinSet::new();
        for _ in 0..ROUND {
            let (steps, end) = programs.new_tree(&mut runner).expect("a program").current();
            let permit = Arc::clone(&room)
                .acquire_owned()
                .await
                .expect("it stays open");
            // After a dropped future, sqlx 0.9.0 may read a MySQL connection out of step and hang on its next use.
            let pool = match end {
                End::Cancel(_) => shop.one_connection().await,
                _ => shop.pool.clone(),
            };
            let world = world.clone();
            running.spawn(async move {
                run(pool, steps, end, world).await;
                drop(permit);
            });
        }
        running.join_all_but_panics().await;
        let late = std::mem::take(&mut *world.late());
        late.join_all().await;
        compare(&shop.found().await);
    }
}

fn compare(found: &Found) {
    let without = |of: &[i64], others: &[i64]| -> Vec<i64> {
        let other = |item: &i64| others.binary_search(item).is_ok();
        of.iter().copied().filter(|item| !other(item)).collect()
    };
    let ghosts = without(&without(&found.told, &found.items), &found.doubted);
    assert!(ghosts.is_empty(), "rows without their change: {ghosts:?}");
    let untold = without(&found.items, &found.told);
    assert!(untold.is_empty(), "changes without their row: {untold:?}");
    let told_once = found.told.windows(2).all(|pair| pair[0] != pair[1]);
    assert!(told_once, "a change has two rows");
}

trait JoinAll {
    async fn join_all_but_panics(self);
}

impl JoinAll for JoinSet<()> {
    /// Awaits all tasks and ignores panics, which are an expected end of a transaction.
    async fn join_all_but_panics(mut self) {
        while self.join_next().await.is_some() {}
    }
}

#[tokio::test]
async fn on_sqlite() {
    every_change_has_its_row_and_every_row_its_change(&shop::sqlite().await).await;
}

#[tokio::test]
async fn on_mariadb() {
    let shop = shop::server(Kind::MariaDb, "interleaved").await;
    every_change_has_its_row_and_every_row_its_change(&shop).await;
}

#[tokio::test]
async fn on_mysql() {
    let shop = shop::server(Kind::MySql, "interleaved").await;
    every_change_has_its_row_and_every_row_its_change(&shop).await;
}
