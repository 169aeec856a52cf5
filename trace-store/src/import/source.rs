//! Reading of the old table, a page at a time.

use super::ImportError;
use super::error::Kind;
use super::old_row::OldRow;
use super::table::{self, Found, OldTable};
use crate::store::{
    BindValue, Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Statement, Store,
    StoreError, within,
};

/// A session that only reads. It is opened when it is needed, and again after an error.
pub(super) struct Source {
    store: Store,
    /// `time_zone` of the session, in which columns of the type TIMESTAMP are read; `None` for the server's own.
    session_zone: Option<String>,
    connection: Option<Connection>,
}

type Rows = Vec<Vec<Option<String>>>;

impl Source {
    pub(super) fn new(url: &DatabaseUrl, session_zone: Option<&str>) -> Self {
        Self {
            store: Store::open(url),
            session_zone: session_zone.map(str::to_owned),
            connection: None,
        }
    }

    /// Returns those of the tables that exist, with their columns.
    pub(super) async fn tables(&mut self, names: &[&str]) -> Result<Vec<Found>, ImportError> {
        let columns = self.texts(table::columns_of(names)).await?;
        let own_keys = self.texts(table::own_keys_of(names)).await?;
        Ok(table::found(columns, &own_keys))
    }

    /// Returns the highest id of a table; 0 if it is empty.
    pub(super) async fn last_id(&mut self, table: &OldTable) -> Result<u64, ImportError> {
        let rows = self.texts(table.last_id()).await?;
        let last = rows.into_iter().flatten().flatten().next();
        let last = last.and_then(|last| last.parse().ok());
        Ok(last.ok_or_else(|| Kind::NoNumber(table.name.clone()))?)
    }

    /// Returns the next rows after an id, up to and including another.
    pub(super) async fn page(
        &mut self,
        table: &OldTable,
        after: u64,
        up_to: u64,
        rows: usize,
    ) -> Result<Vec<OldRow>, ImportError> {
        let rows = self.texts(table.page(after, up_to, rows)).await?;
        let rows: Result<_, Kind> = rows.into_iter().map(|row| table.row(row)).collect();
        Ok(rows?)
    }

    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Nothing is lost if the server does not hear it.
            let _ = within(LONGEST_CONNECT, connection.close()).await;
        }
    }

    async fn texts(&mut self, statement: Statement) -> Result<Rows, ImportError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => within(LONGEST_CONNECT, self.connect())
                .await
                .map_err(Kind::Source)?,
        };
        let rows = within(LONGEST_STEP, connection.texts(statement)).await;
        let rows = rows.map_err(Kind::Source)?;
        self.connection = Some(connection);
        Ok(rows)
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let mut connection = self.store.connect(Purpose::Reader).await?;
        // Without it the driver's own zone would hold, in which the server would convert each TIMESTAMP.
        let set = match &self.session_zone {
            None => Statement::plain("SET SESSION time_zone = @@GLOBAL.time_zone"),
            Some(zone) => Statement {
                text: "SET SESSION time_zone = ?".to_owned(),
                arguments: vec![BindValue::Text(zone.clone())],
            },
        };
        connection.execute(set).await?;
        Ok(connection)
    }
}
