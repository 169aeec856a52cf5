// What the example of sea-orm needs of that crate, so that the guide compiles without it.

mod sea_orm {
    #[derive(Debug)]
    pub struct DbErr;
    pub struct DatabaseConnection;
    pub struct DatabaseTransaction;
    // A trait as in the crate, so that an example without its import does not compile.
    pub trait TransactionTrait {
        fn begin(&self) -> impl Future<Output = Result<DatabaseTransaction, DbErr>>;
    }
    impl TransactionTrait for DatabaseConnection {
        async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
            Ok(DatabaseTransaction)
        }
    }
    impl DatabaseTransaction {
        pub async fn commit(self) -> Result<(), DbErr> {
            Ok(())
        }
    }
}
