//! Transactions of sqlx 0.8, on a real server, beside the recorder's own sqlx.
#![cfg(test)]

mod shop;

use behavior_trace::{UnitOfWork, behavior_trace, unit_of_work};
use shop::{Found, Shop};
use sqlx::{MySqlConnection, MySqlPool};

#[behavior_trace(action = "order.create", resource = "Order", resource_id = id)]
async fn create(connection: &mut MySqlConnection, id: u32) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO orders (id) VALUES (?)";
    sqlx::query(insert).bind(id).execute(connection).await?;
    Ok(())
}

async fn create_both(pool: &MySqlPool, ids: [u32; 2]) -> Result<(), sqlx::Error> {
    unit_of_work(async {
        let mut transaction = pool.begin().await?;
        create(&mut transaction, ids[0]).await?;
        create(&mut transaction, ids[1]).await?;
        transaction.commit().await
    })
    .await
}

/// Approves an order as the guide does, with `cut` before the commit.
async fn create_one(pool: &MySqlPool, id: u32, cut: bool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let unit = UnitOfWork::root();
    unit.scope(create(&mut transaction, id)).await?;
    if cut {
        shop::cut(pool, &mut transaction).await?;
    }
    let committed = transaction.commit().await;
    match &committed {
        Ok(()) => unit.commit(),
        Err(sqlx::Error::Database(_)) => unit.rollback(),
        Err(_) => unit.commit_unknown(),
    }
    committed
}

#[tokio::test]
async fn a_committed_transaction_leaves_its_rows_and_a_rolled_back_one_none() {
    let shop = Shop::open("sqlx08_unit_of_work").await;
    create_both(&shop.pool, [1, 2]).await.expect("it commits");
    let twice = create_both(&shop.pool, [3, 1]).await;
    assert!(matches!(twice, Err(sqlx::Error::Database(_))), "{twice:?}");
    let expected = Found {
        orders: vec![1, 2],
        recorded: vec![1, 2],
        unknown: vec![],
    };
    assert_eq!(shop.found().await, expected);
    let stats = shop.recorder.stats();
    assert_eq!((stats.rolled_back, stats.commit_unknown), (1, 0));
}

#[tokio::test]
async fn a_commit_without_an_answer_leaves_a_marked_row() {
    let shop = Shop::open("sqlx08_commit_unknown").await;
    create_one(&shop.pool, 1, false).await.expect("it commits");
    let lost = create_one(&shop.pool, 2, true).await;
    assert!(matches!(lost, Err(sqlx::Error::Io(_))), "{lost:?}");
    let expected = Found {
        orders: vec![1],
        recorded: vec![1, 2],
        unknown: vec![2],
    };
    assert_eq!(shop.found().await, expected);
    let stats = shop.recorder.stats();
    assert_eq!((stats.rolled_back, stats.commit_unknown), (0, 1));
}
