//! The context in which a page is written.

use maud::{Markup, html};

use crate::access::Access;
use crate::names::{DisplayNames, names_for};
use crate::request::{Asked, Filter, Route};
use crate::row::Row;
use crate::settings::Settings;
use crate::texts::{Text, fill};

/// The settings, the viewer and the request of one page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) access: &'a Access,
    pub(crate) asked: &'a Asked,
    /// Names of actors and resources, once the rows are known.
    pub(crate) names: &'a DisplayNames,
}

impl<'a> View<'a> {
    /// Returns the names for rows, from the application.
    pub(crate) async fn names_for<'r>(
        &self,
        rows: impl IntoIterator<Item = &'r Row>,
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

    pub(crate) fn text(&self, text: Text) -> &'a str {
        self.settings.texts.of(text)
    }

    pub(crate) fn fill(&self, text: Text, places: &[(&str, Markup)]) -> Markup {
        fill(self.text(text), places)
    }

    pub(crate) fn link(&self, route: &Route) -> String {
        self.asked.links.to(route)
    }

    /// Returns the link to the timeline with a filter.
    pub(crate) fn filtered(&self, filter: &Filter) -> String {
        self.asked.links.with(&Route::Timeline, filter)
    }

    /// Returns a link with a word.
    pub(crate) fn link_to(&self, route: &Route, text: Text) -> Markup {
        html! { a href=(self.link(route)) { (self.text(text)) } }
    }
}
