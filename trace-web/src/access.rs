//! The one way to the rows: each query has the viewer's scope, and each row loses its hidden columns here.

use std::time::Duration;

use behavior_trace_store::{
    Cursor, Follow, FollowPosition, Query, QueryError, Reader, StoredActivity,
};

use crate::column::HiddenColumns;
use crate::condition::{Narrow, RowCondition};
use crate::row::PageRow;
use crate::viewer::Viewer;

/// The access of one viewer to the rows.
#[derive(Clone, Debug)]
pub(crate) struct ViewerAccess {
    reader: Reader,
    viewer: Viewer,
    hidden: HiddenColumns,
}

/// Rows that are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) conditions: Vec<RowCondition>,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: usize,
    pub(crate) oldest_first: bool,
}

/// A page of rows that the viewer may see.
#[derive(Clone, Debug)]
pub(crate) struct PageRows {
    pub(crate) items: Vec<PageRow>,
    pub(crate) next: Option<Cursor>,
    /// The place from which a live tail goes on; `None` on a page where none begins.
    pub(crate) end: Option<FollowPosition>,
}

/// An answer that did not come.
#[derive(Debug)]
pub(crate) enum AccessError {
    Query(QueryError),
    /// The answer to this condition would show a hidden column.
    Hidden(RowCondition),
    TimedOut,
}

/// Time limit of a query. A person does not wait longer for a page.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

impl ViewerAccess {
    pub(crate) fn new(reader: Reader, viewer: Viewer, hidden_from_all: &HiddenColumns) -> Self {
        Self {
            hidden: hidden_from_all.and(viewer.hidden()),
            reader,
            viewer,
        }
    }

    pub(crate) const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    pub(crate) const fn hidden(&self) -> &HiddenColumns {
        &self.hidden
    }

    /// Adds the conditions and the viewer's scope to a source of rows. Every query, export and tail comes through here.
    fn narrowed<S: Narrow>(&self, source: S, conditions: &[RowCondition]) -> S {
        let scope = self.viewer.scope().iter();
        scope.chain(conditions).fold(source, S::with)
    }

    /// Refuses conditions on hidden columns: the rows of an answer would show the value. The viewer's scope may have them.
    pub(crate) fn check(&self, conditions: &[RowCondition]) -> Result<(), AccessError> {
        let hidden = conditions.iter().find(|one| self.hidden.covers(one));
        hidden.map_or(Ok(()), |condition| {
            Err(AccessError::Hidden(condition.clone()))
        })
    }

    /// Returns a query of the viewer's rows.
    fn query(&self, ask: &Ask) -> Query {
        let query = self.narrowed(self.reader.query(), &ask.conditions);
        let query = query.limit(ask.limit);
        let query = if ask.oldest_first {
            query.oldest_first()
        } else {
            query
        };
        match &ask.after {
            Some(cursor) => query.after(cursor.clone()),
            None => query,
        }
    }

    /// Returns a follower of the viewer's rows.
    pub(crate) fn follow(&self, conditions: &[RowCondition]) -> Result<Follow, AccessError> {
        self.check(conditions)?;
        Ok(self.narrowed(self.reader.follow(), conditions))
    }

    /// Fetches a page of the viewer's rows.
    pub(crate) async fn page(&self, ask: &Ask) -> Result<PageRows, AccessError> {
        self.check(&ask.conditions)?;
        let page = tokio::time::timeout(PATIENCE, self.query(ask).fetch()).await??;
        let items = page.items.into_iter().map(|row| self.shown(row)).collect();
        Ok(PageRows {
            items,
            next: page.next,
            end: None,
        })
    }

    /// Fetches a page of a list. The first one has the place from which a live tail of `tail` goes on.
    pub(crate) async fn list(
        &self,
        ask: &Ask,
        tail: Option<&[RowCondition]>,
    ) -> Result<PageRows, AccessError> {
        self.check(&ask.conditions)?;
        // A page of an earlier time, or a further one, is not where a tail begins.
        let is_earlier = |condition: &RowCondition| matches!(condition, RowCondition::Before(_));
        let is_first = ask.after.is_none() && !ask.conditions.iter().any(is_earlier);
        let end = match tail.filter(|_| is_first) {
            Some(conditions) => self.end(conditions).await?,
            None => None,
        };
        let rows = self.page(ask).await?;
        Ok(PageRows { end, ..rows })
    }

    /// Returns the end of the table as a place of a tail; `None` if the database does not answer now, which fails no page: a tail
    /// without a place begins at the end of its own time. The newest row of a rare filter would be no such place: the tail would
    /// read all that came after it. Nor would an id alone: the row of a lower one may be committed later.
    async fn end(
        &self,
        conditions: &[RowCondition],
    ) -> Result<Option<FollowPosition>, AccessError> {
        let mut follow = self.follow(conditions)?;
        let Ok(polled) = tokio::time::timeout(PATIENCE, follow.poll_once()).await else {
            return Ok(None);
        };
        polled?;
        let is_known = follow.interruption().is_none();
        Ok(is_known.then(|| follow.position()))
    }

    /// Returns the row without what is hidden from the viewer.
    pub(crate) fn shown(&self, mut row: StoredActivity) -> PageRow {
        self.hidden.remove_from(&mut row);
        PageRow::from(row)
    }
}

impl From<QueryError> for AccessError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<tokio::time::error::Elapsed> for AccessError {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::TimedOut
    }
}

#[cfg(test)]
mod tests {
    use behavior_trace_store::DatabaseUrl;

    use super::*;

    #[tokio::test]
    async fn a_page_does_not_fail_for_the_place_of_its_tail() {
        let url: DatabaseUrl = "mysql://root@127.0.0.1:1/x".parse().expect("a URL");
        let hidden = HiddenColumns::default();
        let access = ViewerAccess::new(Reader::new(&url), Viewer::new("ada"), &hidden);
        let end = access.end(&[]).await.expect("no failure of a page");
        assert_eq!(end, None);
    }
}
