//! The context in which a page is written.

use maud::{Markup, html};

use crate::access::ViewerAccess;
use crate::names::{DisplayNames, names_for};
use crate::request::{PageFilter, Route, TimelineRequest};
use crate::row::PageRow;
use crate::settings::TimelineSettings;
use crate::texts::{PageText, fill};

/// The settings, the viewer and the request of one page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) settings: &'a TimelineSettings,
    pub(crate) access: &'a ViewerAccess,
    pub(crate) asked: &'a TimelineRequest,
    /// Names of actors and resources, once the rows are known.
    pub(crate) names: &'a DisplayNames,
}

impl<'a> View<'a> {
    /// Returns the names for rows, from the application.
    pub(crate) async fn names_for<'r>(
        &self,
        rows: impl IntoIterator<Item = &'r PageRow>,
    ) -> DisplayNames {
        names_for(self.settings.names.as_ref(), self.access, rows).await
    }

    /// Returns the view with names.
    pub(crate) const fn with_names<'n>(&self, names: &'n DisplayNames) -> View<'n>
    where
        'a: 'n,
    {
        View { names, ..*self }
    }

    pub(crate) fn text(&self, text: PageText) -> &'a str {
        self.settings.texts.of(text)
    }

    pub(crate) fn fill(&self, text: PageText, places: &[(&str, Markup)]) -> Markup {
        fill(self.text(text), places)
    }

    pub(crate) fn link(&self, route: &Route) -> String {
        self.asked.links.to(route)
    }

    /// Returns the link to the timeline with a filter.
    pub(crate) fn filtered(&self, filter: &PageFilter) -> String {
        self.asked.links.with(&Route::Timeline, filter)
    }

    /// Returns a link with a word.
    pub(crate) fn link_to(&self, route: &Route, text: PageText) -> Markup {
        html! { a href=(self.link(route)) { (self.text(text)) } }
    }
}
