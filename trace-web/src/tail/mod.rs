//! The live tail: rows as they appear, by server-sent events.

mod frame;
mod news;
mod watcher;

use std::pin::Pin;

use behavior_trace_store::{Follow, FollowPosition};
use futures_util::stream;
use http::{HeaderValue, Response, header};
use tokio::time::Instant;

use crate::body::TimelineBody;
use crate::condition::RowCondition;
use crate::failure::PageFailure;
use crate::pieces::{self, Permits};
use crate::request::{BadFilter, PageFilter};
use crate::texts;
use crate::view::View;
use news::News;
use watcher::{LIFE, Watcher};

/// The signal that ends all tails.
pub(crate) type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tails at a time. Each keeps a connection of a browser, and asks the database when there is news.
pub(crate) const MAX_TAILS: usize = 32;

/// The live tails of a timeline.
pub(crate) struct Tails {
    permits: Permits,
    news: News,
}

impl Tails {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self {
            permits: Permits::new(MAX_TAILS),
            news: News::new(shutdown),
        }
    }

    /// Answers with the rows that appear from now on, or after the place where the browser stopped.
    pub(crate) fn tail(
        &self,
        view: View<'_>,
        last_event: Option<&HeaderValue>,
    ) -> Result<Response<TimelineBody>, PageFailure> {
        let (follow, begin) = begin(view, last_event)?;
        let permit = self.permits.take().ok_or(PageFailure::TooManyTails)?;
        let watcher = Watcher {
            follow,
            begin,
            access: view.access.clone(),
            settings: view.settings.clone(),
            asked: view.asked.clone(),
            signals: self.news.subscribe(&view.settings.reader),
            ends: Instant::now() + LIFE,
            is_first: true,
            is_lost: false,
        };
        let events = stream::unfold(watcher, async |mut watcher| {
            let event = watcher.next().await?;
            Some((Some(event.into_bytes()), watcher))
        });
        Ok(answer(pieces::body(events, permit)))
    }
}

/// Returns the answer to HEAD: that of a tail, without one.
pub(crate) fn head(
    view: View<'_>,
    last_event: Option<&HeaderValue>,
) -> Result<Response<TimelineBody>, PageFailure> {
    begin(view, last_event).map(drop)?;
    Ok(answer(pieces::no_body()))
}

fn answer(body: TimelineBody) -> Response<TimelineBody> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static("text/event-stream; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    // A proxy passes each event on at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Returns the conditions of a tail. They have no time, since all that it gives is new.
pub(crate) fn conditions(
    view: View<'_>,
    filter: &PageFilter,
) -> Result<Vec<RowCondition>, BadFilter> {
    let filter = filter.clone().at_any_time();
    filter.conditions(view.asked.now, view.access.hidden())
}

/// Returns the follower of the request, and the id that it begins after; `None` for the end of the table.
fn begin(
    view: View<'_>,
    last_event: Option<&HeaderValue>,
) -> Result<(Follow, Option<u64>), PageFailure> {
    let asked = view.asked;
    let conditions = conditions(view, &asked.filter).map_err(PageFailure::BadFilter)?;
    let follow = view.access.follow(&conditions)?;
    let place = last_event.and_then(|place| place.to_str().ok());
    let Some(place) = place.or(asked.after.as_deref()) else {
        return Ok((follow, None));
    };
    if let Ok(id) = place.parse() {
        return Ok((follow.after_id(id), Some(id)));
    }
    let position: FollowPosition = place.parse().map_err(|_| {
        PageFailure::BadFilter(BadFilter {
            field: texts::CURSOR,
            value: place.to_owned(),
            form: texts::FORM_CURSOR,
        })
    })?;
    let begin = position.reached_id();
    Ok((follow.after(position), begin))
}
