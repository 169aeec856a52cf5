//! The context in which a page is written.

use maud::{Markup, html};

use crate::access::Access;
use crate::request::{Asked, Filter, Route};
use crate::settings::Settings;
use crate::texts::{Text, fill};

/// The settings, the viewer and the request of one page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) access: &'a Access,
    pub(crate) asked: &'a Asked,
}

impl<'a> View<'a> {
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
