//! Orders and the articles that they take from the stock: two changes in one transaction.

use behavior_trace::{behavior_trace, unit_of_work};
use sea_orm::ActiveValue::Set;
use sea_orm::{DatabaseTransaction, TransactionTrait, prelude::*};

pub mod order {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub status: String,
        pub article: i32,
        pub count: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Approves an order and takes its articles; both rows leave after the commit, or neither does.
pub async fn approve(database: &DatabaseConnection, id: i32) -> Result<(), DbErr> {
    unit_of_work(async {
        let transaction = database.begin().await?;
        let order = set_approved(&transaction, id).await?;
        take(&transaction, order.article, order.count).await?;
        transaction.commit().await
    })
    .await
}

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
async fn set_approved(transaction: &DatabaseTransaction, id: i32) -> Result<order::Model, DbErr> {
    let (id, status) = (Set(id), Set("approved".to_owned()));
    let order = order::ActiveModel {
        id,
        status,
        ..Default::default()
    };
    order.update(transaction).await
}

#[behavior_trace(action = "article.update", resource = "Article", resource_id = id)]
async fn take(transaction: &DatabaseTransaction, id: i32, count: i32) -> Result<(), DbErr> {
    let take = format!("UPDATE articles SET stock = stock - {count} WHERE id = {id}");
    transaction.execute_unprepared(&take).await?;
    Ok(())
}

/// Opens the shop; a new one has two orders, and the second one takes more than there is.
pub async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    let database = sea_orm::Database::connect(url).await?;
    let tables = "
        CREATE TABLE IF NOT EXISTS articles (id INTEGER PRIMARY KEY, stock INTEGER CHECK (stock >= 0));
        CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, status TEXT, article INTEGER, count INTEGER);
        INSERT OR IGNORE INTO articles VALUES (1, 10);
        INSERT OR IGNORE INTO orders VALUES (1, 'new', 1, 4), (2, 'new', 1, 400);";
    database.execute_unprepared(tables).await?;
    Ok(database)
}
