// What the example of sea-orm needs of that crate, so that the guide compiles without it.

mod sea_orm {
    #[derive(Debug)]
    pub struct DbErr;
    pub struct DatabaseConnection;
    pub struct DatabaseTransaction;
    impl DatabaseConnection {
        pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
            Ok(DatabaseTransaction)
        }
    }
    impl DatabaseTransaction {
        pub async fn commit(self) -> Result<(), DbErr> {
            Ok(())
        }
    }
}
