//! The builder of a timeline.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use behavior_trace_store::Reader;
use http::request::Parts;

use crate::column::{Column, HiddenColumns};
use crate::host_link::LinkedResource;
use crate::names::{DisplayNames, NameRequest};
use crate::respond::Responder;
use crate::service::TimelineService;
use crate::settings::TimelineSettings;
use crate::texts::Texts;
use crate::viewer::Viewer;

/// The state of a [`Timeline`] of which nobody is known to read it: it has no router.
#[derive(Clone, Copy, Debug)]
pub struct NoViewer;

/// The state of a [`Timeline`] that asks for the [`Viewer`] of each request.
#[derive(Clone)]
pub struct ViewerOf(pub(crate) ViewerFunction);

/// The function of the application, which names the viewer of a request.
pub(crate) type ViewerFunction =
    Arc<dyn Fn(Parts) -> Pin<Box<dyn Future<Output = Option<Viewer>> + Send>> + Send + Sync>;

impl fmt::Debug for ViewerOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewerOf")
    }
}

/// Timeline of the recorded activity: pages, exports and a live tail over a [`Reader`].
///
/// [`viewer`](Self::viewer) is required. A timeline without it does not compile:
///
/// ```compile_fail,E0599
/// # use behavior_trace::{config::DatabaseUrl, query::Reader, web::Timeline};
/// let reader = Reader::new(&DatabaseUrl::memory());
/// let router = Timeline::new(reader).router(std::future::pending());
/// ```
///
/// All links are relative, so the router can be nested anywhere, also behind a proxy that strips a prefix.
///
/// # Limits
///
/// A query of a page or an export has a time limit of 5 s. It is then answered with 503; an export that has begun breaks off.
/// At most 4 exports of 100,000 rows and 32 live tails are open at a time; a further one is answered with 503. A tail asks the
/// database again if that does not answer, and ends after 5 min: the browser connects again. One that is more than 10,000 ids
/// behind the end of the table asks the person to reload the page. An export or a tail of which a client takes nothing for 30 s
/// ends.
#[derive(Clone, Debug)]
#[must_use = "a timeline is served as a router or a service"]
pub struct Timeline<V = NoViewer> {
    settings: TimelineSettings,
    viewer: V,
}

impl Timeline {
    /// Creates a timeline of the rows of a reader. Call [`viewer`](Self::viewer) next.
    pub fn new(reader: Reader) -> Self {
        Self {
            settings: TimelineSettings {
                reader,
                hidden: HiddenColumns::default(),
                texts: Arc::new(Texts::english()),
                links: None,
                names: None,
                home: None,
            },
            viewer: NoViewer,
        }
    }

    /// Sets the function that names the viewer of each request, from its headers and extensions, such as the session that
    /// the application's login put there. `None` is answered with 403. Assets, which hold no data, are served without it.
    pub fn viewer<F, R>(self, viewer: F) -> Timeline<ViewerOf>
    where
        F: Fn(Parts) -> R + Send + Sync + 'static,
        R: Future<Output = Option<Viewer>> + Send + 'static,
    {
        Timeline {
            settings: self.settings,
            viewer: ViewerOf(Arc::new(move |parts| Box::pin(viewer(parts)))),
        }
    }
}

impl<V> Timeline<V> {
    /// Sets the function that gives the address of the application's own page of a resource; `None` for none. An address of
    /// another scheme than `http` and `https` is left out.
    ///
    /// ```
    /// # use behavior_trace::{config::DatabaseUrl, query::Reader, web::Timeline};
    /// # let reader = Reader::new(&DatabaseUrl::memory());
    /// let page = Timeline::new(reader).links(|row| {
    ///     let id: u64 = row.resource_id().parse().ok()?;
    ///     Some(format!("/admin/{}/{id}", row.resource().to_lowercase()))
    /// });
    /// # drop(page);
    /// ```
    pub fn links<R>(
        mut self,
        links: impl Fn(LinkedResource<'_>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Into<Option<String>>,
    {
        self.settings.links = Some(Arc::new(move |resource| links(resource).into()));
        self
    }

    /// Sets the function that gives names for people. It gets all actors and resources of a page at once, each of them once,
    /// so that one query of the application's finds them. The page shows a name beside kind and id, and in no export.
    ///
    /// A page waits 1 s for its names. It is shown without them if that is too short, or if the function panics. Names of actors
    /// are not asked for if [`Column::ActorLabel`] is hidden.
    ///
    /// ```
    /// # use behavior_trace::{config::DatabaseUrl, query::Reader};
    /// use behavior_trace::web::{DisplayNames, Timeline};
    ///
    /// # struct User { id: u64, name: String }
    /// # async fn users(ids: Vec<u64>) -> Vec<User> { Vec::new() }
    /// # let reader = Reader::new(&DatabaseUrl::memory());
    /// let page = Timeline::new(reader).names(|request| async move {
    ///     let ids = request.actor_ids("USER").chain(request.resource_ids("User"));
    ///     let ids = ids.filter_map(|id| id.parse().ok()).collect();
    ///     let mut names = DisplayNames::new();
    ///     for user in users(ids).await {
    ///         names.insert_actor("USER", user.id, &user.name);
    ///         names.insert_resource("User", user.id, &user.name);
    ///     }
    ///     names
    /// });
    /// # drop(page);
    /// ```
    pub fn names<F, R>(mut self, names: F) -> Self
    where
        F: Fn(NameRequest) -> R + Send + Sync + 'static,
        R: Future<Output = DisplayNames> + Send + 'static,
    {
        self.settings.names = Some(Arc::new(move |request| Box::pin(names(request))));
        self
    }

    /// Hides columns from all viewers, on pages, in exports and in filters.
    pub fn hide(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.settings.hidden.extend(columns);
        self
    }

    /// Sets the texts. Default: English.
    pub fn texts(mut self, texts: Texts) -> Self {
        self.settings.texts = Arc::new(texts);
        self
    }

    /// Sets the name and the address of the application's own page above the timeline, such as `"Back office"` and
    /// `"/admin"`. Default: none.
    pub fn home(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.settings.home = Some((name.into(), address.into()));
        self
    }
}

impl Timeline<ViewerOf> {
    /// Returns the timeline as an axum router. Live tails end when `shutdown` does, so that they do not hold up a graceful
    /// shutdown; pass the signal that the server gets, or `std::future::pending()`.
    ///
    /// With `nest("/activity", …)` axum answers `/activity` and not `/activity/`.
    pub fn router(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Router {
        let service = self.service(shutdown);
        let answer = move |request: axum::extract::Request| {
            let answer = service.respond(request.into_parts().0);
            async move { answer.await.map(axum::body::Body::new) }
        };
        Router::new()
            .route("/", axum::routing::any(answer.clone()))
            .route("/{*path}", axum::routing::any(answer))
    }

    /// Returns the timeline as a tower service, for servers other than axum. Strip the prefix of its place from the path of
    /// the request, and mount it with a `/` at its end, since links are relative.
    pub fn service(self, shutdown: impl Future<Output = ()> + Send + 'static) -> TimelineService {
        TimelineService::new(Responder::new(
            self.settings,
            self.viewer.0,
            Box::pin(shutdown),
        ))
    }
}
