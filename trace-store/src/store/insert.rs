//! The insert of rows: the part that the dialects share.

/// Implements the insert of a dialect, given the types of its driver, the clause that makes a repeated row harmless, and the
/// ends of a savepoint: after an error, and after success.
macro_rules! inserts {
    ($connection:ty, $arguments:ty, $duplicate:expr, $undo:expr, $release:expr) => {
        impl Session {
            /// Stores the rows. Each row is stored once even if it is sent again. Pieces of up to 1000 rows or 1 MiB are committed
            /// one by one; an error holds the number of rows that are stored.
            pub(crate) async fn insert(&mut self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
                let mut stored = 0;
                for piece in pieces(rows, self.limits()) {
                    self.insert_piece(piece)
                        .await
                        .map_err(|error| error.after(stored))?;
                    stored += piece.len();
                }
                Ok(())
            }
        }

        /// Stores all of the rows or none, through a connection of the application and in its current transaction. If an
        /// application commits after an error, it stores the rows again under other ids, and partly stored rows would be
        /// duplicated.
        pub(crate) async fn insert_all(
            connection: &mut $connection,
            rows: &[Activity<'_>],
        ) -> Result<(), sqlx::Error> {
            let mut inserts = Inserts::new($duplicate);
            let all: Vec<_> = pieces(rows, Limits::of_any())
                .flat_map(|piece| statements(piece, usize::MAX))
                .collect();
            if all.len() <= 1 {
                return insert_each(connection, &mut inserts, all.into_iter()).await;
            }
            connection
                .execute(raw_sql("SAVEPOINT behavior_trace"))
                .await?;
            let done = insert_each(connection, &mut inserts, all.into_iter()).await;
            if done.is_err() {
                // If the savepoint does not exist, the database has rolled back the whole transaction.
                let _ = connection.execute(raw_sql($undo)).await;
                return done;
            }
            let release: Option<&'static str> = $release;
            match release {
                Some(release) => connection.execute(raw_sql(release)).await.map(drop),
                None => Ok(()),
            }
        }

        pub(super) async fn insert_each<'r>(
            connection: &mut $connection,
            inserts: &mut Inserts,
            statements: impl Iterator<Item = &'r [Activity<'r>]>,
        ) -> Result<(), sqlx::Error> {
            for rows in statements {
                insert(connection, inserts, rows).await?;
            }
            Ok(())
        }

        pub(super) async fn insert(
            connection: &mut $connection,
            inserts: &mut Inserts,
            rows: &[Activity<'_>],
        ) -> Result<(), sqlx::Error> {
            let arguments: $arguments = bind(rows)?;
            // The text contains only placeholders and the recorder's own names.
            let text = AssertSqlSafe(inserts.text(rows.len()));
            query_with(text, arguments).execute(connection).await?;
            Ok(())
        }
    };
}
pub(super) use inserts;
