//! From a request to its answer.

mod headers;

use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use maud::Markup;

use crate::access::ViewerAccess;
use crate::assets::Asset;
use crate::body::TimelineBody;
use crate::export::{self, MAX_EXPORTS};
use crate::failure::PageFailure;
use crate::names::DisplayNames;
use crate::page;
use crate::pieces::Permits;
use crate::request::{Route, TimelineRequest};
use crate::settings::TimelineSettings;
use crate::tail::{self, Shutdown, Tails};
use crate::texts;
use crate::timeline::ViewerFunction;
use crate::view::View;
use headers::secured;

/// Answers the requests of a timeline.
pub(crate) struct Responder {
    settings: TimelineSettings,
    viewer: ViewerFunction,
    tails: Tails,
    exports: Permits,
}

impl Responder {
    pub(crate) fn new(
        settings: TimelineSettings,
        viewer: ViewerFunction,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            settings,
            viewer,
            tails: Tails::new(shutdown),
            exports: Permits::new(MAX_EXPORTS),
        }
    }

    /// Answers a request. The body of a HEAD is left to the server, which does not send it.
    pub(crate) async fn respond(&self, parts: Parts) -> Response<TimelineBody> {
        let asked = TimelineRequest::of(&parts);
        if let Some(Route::Asset(name)) = &asked.route
            && let Some(asset) = Asset::of(name)
            && is_read(&parts.method)
        {
            return asset_response(asset);
        }
        let method = parts.method.clone();
        let last_event = parts.headers.get("last-event-id").cloned();
        let Some(viewer) = (self.viewer)(parts).await else {
            return secured(self.no_viewer());
        };
        let access = ViewerAccess::new(self.settings.reader.clone(), viewer, &self.settings.hidden);
        let view = View {
            settings: &self.settings,
            access: &access,
            asked: &asked,
            names: &DisplayNames::new(),
        };
        let answer = if is_read(&method) {
            self.answer(view, method == Method::HEAD, last_event.as_ref())
                .await
        } else {
            Err(PageFailure::Method)
        };
        secured(answer.unwrap_or_else(|failure| failed(view, failure)))
    }

    /// Returns the answer of a route.
    async fn answer(
        &self,
        view: View<'_>,
        is_head: bool,
        last_event: Option<&HeaderValue>,
    ) -> Result<Response<TimelineBody>, PageFailure> {
        let page = match &view.asked.route {
            Some(Route::Timeline) => page::timeline::timeline(view).await?,
            Some(Route::Event(id)) => page::event::event(view, id).await?,
            Some(Route::Resource { kind, id }) => page::history::history(view, kind, id).await?,
            Some(Route::Story(id)) => page::story::story(view, id).await?,
            Some(Route::Actor { kind, id }) => {
                page::actor_page::actor_page(view, kind, id.as_deref()).await?
            }
            Some(Route::Export(export)) if is_head => return export::head(view, *export),
            Some(Route::Export(export)) => {
                return export::export(view, *export, &self.exports).await;
            }
            Some(Route::Tail) if is_head => return tail::head(view, last_event),
            Some(Route::Tail) => return self.tails.tail(view, last_event),
            Some(Route::Asset(_)) | None => return Err(PageFailure::NotFound),
        };
        Ok(html(StatusCode::OK, page))
    }

    fn no_viewer(&self) -> Response<TimelineBody> {
        let texts = &self.settings.texts;
        let page = page::failure::no_viewer(
            texts.of(texts::NO_VIEWER),
            texts.of(texts::NO_VIEWER_WHY),
            texts.language(),
        );
        html(PageFailure::NoViewer.status(), page)
    }
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Returns the answer of a failure. Its cause goes to the log, with the reference that the page shows.
fn failed(view: View<'_>, failure: PageFailure) -> Response<TimelineBody> {
    let failure = if failure.is_cursor() {
        page::timeline::bad_cursor(view)
    } else {
        failure
    };
    let reference = format!("{:x}", view.asked.now.as_micros());
    match &failure {
        PageFailure::Broken(error) | PageFailure::Unavailable(Some(error)) => {
            tracing::warn!(target: "behavior_trace_web", %reference, %error, "the timeline could not read the activity");
        }
        PageFailure::Unavailable(None) => {
            tracing::warn!(target: "behavior_trace_web", %reference, "the timeline got no answer of the database in time");
        }
        _ => {}
    }
    let mut response = html(
        failure.status(),
        page::failure::failure(view, &failure, &reference),
    );
    let headers = response.headers_mut();
    match failure {
        PageFailure::Unavailable(_) | PageFailure::TooManyTails | PageFailure::TooManyExports => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        PageFailure::Method => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        _ => {}
    }
    response
}

fn html(status: StatusCode, page: Markup) -> Response<TimelineBody> {
    let mut response = Response::new(TimelineBody::new(page.0));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn asset_response(asset: &Asset) -> Response<TimelineBody> {
    let mut response = Response::new(TimelineBody::new(asset.content));
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static(asset.media_type);
    headers.insert(header::CONTENT_TYPE, media_type);
    let mut response = secured(response);
    let immutable = HeaderValue::from_static("public, max-age=31536000, immutable");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, immutable);
    response
}
