//! One tail.

use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_store::{Follow, StoredActivity};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::frame::{event, named, place, with_words};
use super::news::TailSignals;
use crate::access::ViewerAccess;
use crate::names::names_for;
use crate::page::tail_rows;
use crate::request::TimelineRequest;
use crate::settings::TimelineSettings;
use crate::texts;
use crate::view::View;

/// Time after which a tail asks without news: a row that was committed late moves no end of the table.
const WITHOUT_NEWS: Duration = Duration::from_secs(5);
/// Time of a poll, after which the tail looks at its signals again. It goes on with the same poll.
const POLL: Duration = Duration::from_secs(15);

/// Ids between a tail and the end of the table. Beyond, it is no live page, and reading the page again is faster.
pub(super) const MAX_BEHIND: u64 = 10_000;

/// Time after which a tail ends. The browser connects again from the place that it has, and is asked again who it is.
pub(super) const LIFE: Duration = Duration::from_mins(5);

/// A tail: its own query of the viewer's rows, asked when there is news.
pub(super) struct Watcher {
    pub(super) follow: Follow,
    /// The id that it begins after; `None` for the end of the table.
    pub(super) begin: Option<u64>,
    pub(super) access: ViewerAccess,
    pub(super) settings: TimelineSettings,
    pub(super) asked: TimelineRequest,
    pub(super) signals: TailSignals,
    /// End of the tail.
    pub(super) ends: Instant,
    /// Nothing was sent yet.
    pub(super) is_first: bool,
    /// The place is not one of this table any more.
    pub(super) is_lost: bool,
}

impl Watcher {
    /// Returns the next text to send; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<String> {
        if self.is_lost {
            return None;
        }
        let (mut is_over, ends) = (self.signals.is_over.clone(), self.ends);
        tokio::select! {
            biased;
            _ = is_over.wait_for(|is_over| *is_over) => None,
            () = sleep_until(ends) => None,
            text = self.text() => text,
        }
    }

    async fn text(&mut self) -> Option<String> {
        let is_first = std::mem::take(&mut self.is_first);
        if self.is_far_behind(is_first).await {
            self.is_lost = true;
            return Some(with_words(
                "lost",
                self.settings.texts.of(texts::FAR_BEHIND),
            ));
        }
        self.signals.last_id.mark_unchanged();
        let Ok(polled) = timeout(POLL, self.follow.poll_once()).await else {
            return Some(named("wait"));
        };
        match polled {
            Ok(rows) if !rows.is_empty() => Some(self.event(rows).await),
            // The browser knows at once that it is connected, and from which place on. Behind the end of the table there may be
            // more rows of the filter, so the next poll is due at once.
            Ok(_) if is_first || self.follow.has_more() => Some(self.place()),
            Ok(_) => {
                tokio::select! {
                    changed = self.signals.last_id.changed() => changed.ok()?,
                    () = sleep(WITHOUT_NEWS) => {}
                }
                Some(self.place())
            }
            Err(_) => {
                // The place is not one of this table and filter any more: the page stops.
                self.is_lost = true;
                Some(named("lost"))
            }
        }
    }

    /// Returns whether the tail would read more rows than a live page is for. The first look is its own: the one for all tails
    /// may not have come yet.
    async fn is_far_behind(&mut self, is_first: bool) -> bool {
        let (reached, last) = if is_first {
            let Some(begin) = self.begin else {
                return false;
            };
            // A database that does not answer now is asked again after the first poll.
            let last = timeout(POLL, self.settings.reader.last_id()).await;
            (begin, last.ok().and_then(Result::ok).unwrap_or_default())
        } else {
            let reached = match self.follow.highest_id() {
                0 => self.begin,
                highest => Some(highest),
            };
            let Some(reached) = reached else {
                return false;
            };
            (reached, *self.signals.last_id.borrow())
        };
        last.saturating_sub(reached) > MAX_BEHIND
    }

    /// Returns the place of the tail, or that the database does not answer.
    fn place(&self) -> String {
        if self.follow.interruption().is_some() {
            return named("wait");
        }
        place(&self.follow.position().to_string())
    }

    async fn event(&mut self, rows: Vec<StoredActivity>) -> String {
        let rows: Vec<_> = rows.into_iter().map(|row| self.access.shown(row)).collect();
        self.asked.now = Timestamp::now();
        let names = names_for(self.settings.names.as_ref(), &self.access, &rows).await;
        let view = View {
            settings: &self.settings,
            access: &self.access,
            asked: &self.asked,
            names: &names,
        };
        let place = self.follow.position().to_string();
        event(&place, &tail_rows(view, &rows).0)
    }
}
