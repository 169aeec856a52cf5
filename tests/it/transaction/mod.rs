//! Activity and change, compared in the database itself: neither exists without the other.

mod cut;
mod interleaved;
mod shop;

use std::sync::Arc;

use behavior_trace::transaction::{self, Transaction};
use behavior_trace_core::{UnitOfWork, propagate};
use tokio::sync::Notify;

use shop::{Engine, Shop, create, refused, tell, tell_in};

/// Runs each test on SQLite, MariaDB and MySQL.
macro_rules! on_every_database {
    ($($test:ident)*) => {
        mod on_sqlite {$(
            #[tokio::test]
            async fn $test() {
                super::$test(&super::shop::sqlite().await).await;
            }
        )*}

        mod on_mariadb {$(
            #[tokio::test]
            async fn $test() {
                let kind = behavior_trace_servers::Kind::MariaDb;
                super::$test(&super::shop::server(kind, stringify!($test)).await).await;
            }
        )*}

        mod on_mysql {$(
            #[tokio::test]
            async fn $test() {
                let kind = behavior_trace_servers::Kind::MySql;
                super::$test(&super::shop::server(kind, stringify!($test)).await).await;
            }
        )*}
    };
}

on_every_database! {
    a_commit_releases_the_activity
    an_error_discards_the_activity
    a_panic_discards_the_activity
    a_dropped_future_discards_the_activity
    an_inner_rollback_keeps_the_outer_activity
    a_dropped_savepoint_is_rolled_back
    an_outer_rollback_takes_all
    a_transaction_inside_another_stands_for_itself
    spawned_work_shares_the_fate_of_its_transaction
    a_transaction_held_as_a_value_is_named
    a_transaction_of_sqlx_is_taken_over
    stored_activity_commits_with_the_change
    stored_activity_rolls_back_with_the_change
    activity_that_cannot_be_stored_fails_the_transaction
    activity_of_which_a_part_cannot_be_stored_is_told_once
    one_call_is_recorded_in_the_transaction
    a_unit_beside_the_host_s_own_transaction_is_stored_through_it
}

async fn a_commit_releases_the_activity<DB: Engine>(shop: &Shop<DB>) {
    let sold = shop.trade(async |tx| {
        create(tx, 1).await?;
        create(tx, 2).await?;
        assert_eq!(shop.stats().accepted, 0, "events wait");
        Ok("sold")
    });
    assert_eq!(sold.await.expect("it commits"), "sold");
    shop.has(&[1, 2]).await;
}

async fn an_error_discards_the_activity<DB: Engine>(shop: &Shop<DB>) {
    let sold = shop.trade(async |tx| {
        create(tx, 1).await?;
        Err::<(), _>(refused())
    });
    sold.await.expect_err("it does not commit");
    shop.has(&[]).await;
    assert_eq!(shop.stats().rolled_back, 1);
}

async fn a_panic_discards_the_activity<DB: Engine>(shop: &Shop<DB>) {
    let pool = shop.pool.clone();
    let task = tokio::spawn(async move {
        let trade: sqlx::Result<()> = transaction::run(&pool, async |tx| {
            create(tx, 1).await?;
            panic!("on purpose")
        })
        .await;
        trade
    });
    assert!(task.await.expect_err("it panics").is_panic());
    shop.has(&[]).await;
    assert_eq!(shop.stats().rolled_back, 1);
}

async fn a_dropped_future_discards_the_activity<DB: Engine>(shop: &Shop<DB>) {
    let created = Notify::new();
    let trade = shop.trade(async |tx| {
        create(tx, 1).await?;
        created.notify_one();
        std::future::pending::<sqlx::Result<()>>().await
    });
    tokio::select! {
        _ = trade => unreachable!("it waits for ever"),
        () = created.notified() => {}
    }
    shop.has(&[]).await;
    assert_eq!(shop.stats().rolled_back, 1);
}

async fn an_inner_rollback_keeps_the_outer_activity<DB: Engine>(shop: &Shop<DB>) {
    let trade = shop.trade(async |tx| {
        create(tx, 1).await?;
        let mut inner = tx.begin().await?;
        create(&mut inner, 2).await?;
        inner.rollback().await?;
        let mut inner = tx.begin().await?;
        create(&mut inner, 3).await?;
        inner.commit().await?;
        create(tx, 4).await
    });
    trade.await.expect("it commits");
    shop.has(&[1, 3, 4]).await;
    assert_eq!(shop.stats().rolled_back, 1);
}

async fn a_dropped_savepoint_is_rolled_back<DB: Engine>(shop: &Shop<DB>) {
    let trade = shop.trade(async |tx| {
        let mut inner = tx.begin().await?;
        create(&mut inner, 1).await?;
        drop(inner);
        create(tx, 2).await
    });
    trade.await.expect("it commits");
    shop.has(&[2]).await;
}

async fn an_outer_rollback_takes_all<DB: Engine>(shop: &Shop<DB>) {
    let trade = shop.trade(async |tx| {
        let mut inner = tx.begin().await?;
        create(&mut inner, 1).await?;
        inner.commit().await?;
        Err::<(), _>(refused())
    });
    trade.await.expect_err("it does not commit");
    shop.has(&[]).await;
    assert_eq!(shop.stats().rolled_back, 1);
}

async fn a_transaction_inside_another_stands_for_itself<DB: Engine>(shop: &Shop<DB>) {
    let trade = shop.trade(async |_| {
        shop.trade(async |own| create(own, 1).await).await?;
        Err::<(), _>(refused())
    });
    trade.await.expect_err("it does not commit");
    shop.has(&[1]).await;
}

async fn spawned_work_shares_the_fate_of_its_transaction<DB: Engine>(shop: &Shop<DB>) {
    for (base, commits) in [(10, true), (20, false)] {
        let ended = Arc::new(Notify::new());
        let (mut late, mut later) = (None, None);
        let trade = shop.trade(async |tx| {
            DB::insert(tx, base).await?;
            tokio::spawn(propagate(async move { tell(base) }))
                .await
                .expect("it succeeds");
            DB::insert(tx, base + 1).await?;
            let at_end = Arc::clone(&ended);
            late = Some(tokio::spawn(propagate(async move {
                at_end.notified().await;
                tell(base + 1);
            })));
            let mut undone = tx.begin().await?;
            DB::insert(&mut undone, base + 2).await?;
            let at_end = Arc::clone(&ended);
            later = Some(tokio::spawn(propagate(async move {
                at_end.notified().await;
                tell(base + 2);
            })));
            undone.rollback().await?;
            tokio::task::yield_now().await;
            if commits { Ok(()) } else { Err(refused()) }
        });
        assert_eq!(trade.await.is_ok(), commits);
        ended.notify_waiters();
        late.expect("it was spawned").await.expect("no panic");
        later.expect("it was spawned").await.expect("no panic");
    }
    shop.has(&[10, 11]).await;
    assert_eq!(shop.stats().rolled_back, 4);
}

async fn a_transaction_held_as_a_value_is_named<DB: Engine>(shop: &Shop<DB>) {
    let mut kept = Transaction::begin_on(&shop.pool)
        .await
        .expect("a transaction");
    DB::insert(&mut kept, 1).await.expect("it succeeds");
    tell_in(Some(kept.as_ref()), 1);
    kept.commit().await.expect("it commits");

    let mut undone = Transaction::begin_on(&shop.pool)
        .await
        .expect("a transaction");
    let unit = undone.unit_of_work();
    unit.scope(create(&mut undone, 2))
        .await
        .expect("it succeeds");
    drop(undone);
    shop.has(&[1]).await;
}

async fn a_transaction_of_sqlx_is_taken_over<DB: Engine>(shop: &Shop<DB>) {
    let mut tx = Transaction::from(shop.pool.begin().await.expect("a transaction"));
    DB::insert(tx.as_sqlx(), 1).await.expect("it succeeds");
    tell_in(Some(tx.as_ref()), 1);
    assert_eq!(shop.stats().accepted, 0);
    tx.commit().await.expect("it commits");
    shop.has(&[1]).await;
}

async fn stored_activity_commits_with_the_change<DB: Engine>(shop: &Shop<DB>) {
    let mut tx = Transaction::begin_on(&shop.pool)
        .await
        .expect("a transaction");
    let unit = tx.unit_of_work();
    for item in 1..=12 {
        unit.scope(create(&mut tx, item))
            .await
            .expect("it succeeds");
    }
    tx.commit_with_activity().await.expect("it commits");
    shop.has(&(1..=12).collect::<Vec<_>>()).await;
    let stats = shop.stats();
    assert_eq!((stats.accepted, stats.in_transaction), (0, 12));
}

async fn stored_activity_rolls_back_with_the_change<DB: Engine>(shop: &Shop<DB>) {
    let trade = shop.trade(async |tx| {
        create(tx, 1).await?;
        tx.store_activity().await?;
        Err::<(), _>(refused())
    });
    trade.await.expect_err("it does not commit");
    shop.has(&[]).await;
    let stats = shop.stats();
    assert_eq!((stats.rolled_back, stats.in_transaction), (1, 0));
}

async fn activity_that_cannot_be_stored_fails_the_transaction<DB: Engine>(shop: &Shop<DB>) {
    DB::drop_activity(&shop.pool).await.expect("it succeeds");
    let mut tx = Transaction::begin_on(&shop.pool)
        .await
        .expect("a transaction");
    let unit = tx.unit_of_work();
    unit.scope(create(&mut tx, 1)).await.expect("it succeeds");
    tx.commit_with_activity()
        .await
        .expect_err("it does not commit");
    DB::insert(&mut *shop.pool.acquire().await.expect("a connection"), 1)
        .await
        .expect("the first item 1 was rolled back");
    assert_eq!(shop.stats().rolled_back, 1);
}

/// Stores twelve rows in two statements, of ten and two. The second is refused, and the application commits all the same.
async fn activity_of_which_a_part_cannot_be_stored_is_told_once<DB: Engine>(shop: &Shop<DB>) {
    let items: Vec<i64> = (1..=12).collect();
    DB::refuse_the_event_of(11, &shop.pool)
        .await
        .expect("a trigger");
    let trade = shop.trade(async |tx| {
        for item in &items {
            create(tx, *item).await?;
        }
        DB::insert(&mut *tx, shop::REFUSING).await?;
        tx.store_activity().await.expect_err("one is refused");
        DB::remove(&mut *tx, shop::REFUSING).await
    });
    trade.await.expect("it commits");
    shop.has(&items).await;
}

async fn one_call_is_recorded_in_the_transaction<DB: Engine>(shop: &Shop<DB>)
where
    DB::Connection: sqlx::Connection<Database = DB>,
{
    let trade = shop.trade(async |tx| {
        DB::insert(tx, 1).await?;
        transaction::record(&mut **tx, || tell(1)).await?;
        create(tx, 2).await
    });
    trade.await.expect("it commits");
    shop.has(&[1, 2]).await;
    let stats = shop.stats();
    assert_eq!((stats.accepted, stats.in_transaction), (1, 1));
}

async fn a_unit_beside_the_host_s_own_transaction_is_stored_through_it<DB: Engine>(
    shop: &Shop<DB>,
) {
    let mut tx = shop.pool.begin().await.expect("a transaction");
    let unit = UnitOfWork::root();
    DB::insert(&mut tx, 1).await.expect("it succeeds");
    unit.in_scope(|| tell(1));
    transaction::store_activity(&mut *tx, &unit)
        .await
        .expect("it succeeds");
    tx.commit().await.expect("it commits");
    unit.commit();
    shop.has(&[1]).await;
    assert_eq!(shop.stats().in_transaction, 1);
}

#[tokio::test]
async fn a_commit_that_the_database_refuses_discards_the_activity() {
    let shop = shop::sqlite().await;
    let child = "CREATE TABLE part (of BIGINT REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)";
    sqlx::query(child).execute(&shop.pool).await.unwrap();
    let trade = shop.trade(async |tx| {
        create(tx, 1).await?;
        let orphan = sqlx::query("INSERT INTO part (of) VALUES (2)");
        orphan.execute(&mut **tx).await.map(drop)
    });
    trade.await.expect_err("it does not commit");
    shop.has(&[]).await;
    let stats = shop.stats();
    assert_eq!((stats.rolled_back, stats.commit_unknown), (1, 0));
}

#[behavior_trace::behavior_trace(action = "item.create", resource = "Item", resource_id = item, unit = tx)]
async fn create_in(tx: &mut Transaction<'_, sqlx::Sqlite>, item: i64) -> sqlx::Result<()> {
    sqlx::Sqlite::insert(&mut *tx, item).await
}

#[tokio::test]
async fn the_attribute_and_the_macro_take_a_transaction_as_their_unit() {
    let shop = shop::sqlite().await;
    let mut kept = Transaction::begin_on(&shop.pool).await.unwrap();
    create_in(&mut kept, 1).await.unwrap();
    sqlx::Sqlite::insert(&mut kept, 2).await.unwrap();
    behavior_trace::record!(
        action = "item.create",
        resource = "Item",
        resource_id = 2,
        unit = kept
    );
    let mut inner = kept.begin().await.unwrap();
    create_in(&mut inner, 3).await.unwrap();
    inner.rollback().await.unwrap();
    assert_eq!(shop.stats().accepted, 0);
    kept.commit().await.unwrap();

    let mut undone = Transaction::begin_on(&shop.pool).await.unwrap();
    create_in(&mut undone, 4).await.unwrap();
    undone.rollback().await.unwrap();
    shop.has(&[1, 2]).await;
    assert_eq!(shop.stats().rolled_back, 2);
}
