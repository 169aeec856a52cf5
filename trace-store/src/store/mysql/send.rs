//! Sending of rows to the server: as prepared statements, or as text if the server prepares none.

use std::future::poll_fn;

use behavior_trace_core::Activity;
use sqlx::mysql::MySqlArguments;
use sqlx::{AssertSqlSafe, Either, query_with, raw_sql};

use super::classify::{failed, number};
use super::codes::{DUPLICATE, NULL_REFUSED, UNPREPARED};
use super::group_limit::HOOK_REFUSED;
use super::literal::push_row;
use super::session::Session;
use super::size::check_size;
use crate::store::bind::bind;
use crate::store::sql::INSERT;
use crate::store::{ErrorClass, StoreError};

/// Maximum text of one request, in bytes. With more, the server waits for text that it may then not need.
const TEXT: usize = 2 << 20;

/// Result of sending rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// All rows are stored.
    Stored,
    /// A unique key already has one of the rows, or another row with the same values. None of the rows is stored.
    Duplicate,
}

impl Session {
    /// Stores the rows with one statement, or with a few if they go as text.
    pub(super) async fn send(&mut self, rows: &[Activity<'_>]) -> Result<Sent, StoreError> {
        if let [row] = rows {
            check_size(row, self.learned.packet)?;
        }
        if !self.unprepared {
            match self.send_prepared(rows).await {
                Err(error) if number(&error).is_some_and(|code| UNPREPARED.contains(&code)) => {
                    self.unprepared = true;
                }
                outcome => return self.judge(outcome).await,
            }
        }
        let outcome = self.send_as_text(rows).await?;
        self.judge(outcome).await
    }

    async fn send_prepared(&mut self, rows: &[Activity<'_>]) -> Result<(), sqlx::Error> {
        let arguments: MySqlArguments = bind(rows)?;
        // The text contains only placeholders and the recorder's own names.
        let text = AssertSqlSafe(self.inserts.text(rows.len()));
        let query = query_with(text, arguments);
        query.execute(&mut self.connection).await.map(drop)
    }

    /// Stores the rows with statements in text form. Fails if a row as text exceeds a packet, even where its bound values
    /// would not.
    async fn send_as_text(
        &mut self,
        mut rows: &[Activity<'_>],
    ) -> Result<Result<(), sqlx::Error>, StoreError> {
        while !rows.is_empty() {
            let mut text = String::new();
            let mut count = rows.len();
            while !self.push_insert(&mut text, &rows[..count], TEXT) {
                if count == 1 {
                    return Err(StoreError::new(
                        ErrorClass::Server,
                        "the server prepares no statement, and as text the row is larger than its `max_allowed_packet`; \
                         raise `max_prepared_stmt_count`",
                    ));
                }
                count = count.div_ceil(2);
            }
            if let (_, Err(error)) = self.run_text(text).await {
                return Ok(Err(error));
            }
            rows = &rows[count..];
        }
        Ok(Ok(()))
    }

    /// Appends a statement that stores these rows, and returns whether it fitted.
    pub(super) fn push_insert<'r>(
        &self,
        text: &mut String,
        rows: impl IntoIterator<Item = &'r Activity<'r>>,
        limit: usize,
    ) -> bool {
        // The command takes one byte of the packet, which must be smaller than the limit.
        let room = limit.min(self.learned.packet.saturating_sub(2));
        let before = text.len();
        let mut separator = if before == 0 { "" } else { ";" };
        text.push_str(separator);
        separator = INSERT;
        for row in rows {
            text.push_str(separator);
            push_row(text, row);
            separator = ", ";
            if text.len() > room {
                break;
            }
        }
        text.push(' ');
        text.push_str(self.inserts.duplicate());
        let fits = text.len() <= room;
        if !fits {
            text.drain(before..);
        }
        fits
    }

    /// Runs the statements of a text, and returns how many the server accepted before the one that it refused.
    pub(super) async fn run_text(&mut self, text: String) -> (usize, Result<(), sqlx::Error>) {
        // The text contains values only as numbers, times, ids and literals in hexadecimal digits.
        let mut results = raw_sql(AssertSqlSafe(text)).fetch_many(&mut self.connection);
        let mut taken = 0;
        loop {
            match poll_fn(|context| results.as_mut().poll_next(context)).await {
                Some(Ok(Either::Left(_))) => taken += 1,
                Some(Ok(Either::Right(_))) => {}
                Some(Err(error)) => return (taken, Err(error)),
                None => return (taken, Ok(())),
            }
        }
    }

    /// Separates a row that is already stored, and a foreign unique key, from every other error.
    pub(super) async fn judge(
        &mut self,
        outcome: Result<(), sqlx::Error>,
    ) -> Result<Sent, StoreError> {
        let Err(error) = outcome else {
            return Ok(Sent::Stored);
        };
        match number(&error) {
            Some(DUPLICATE) => Ok(Sent::Duplicate),
            // The recorder's rows never have NULL there. The statement writes NULL if the stored row belongs to another
            // event.
            Some(NULL_REFUSED) if error.to_string().contains("'event_id'") => {
                Err(self.foreign_key().await)
            }
            code => {
                self.is_hook_refused = code == Some(HOOK_REFUSED);
                Err(failed(&error))
            }
        }
    }
}
