//! The pages.

mod actor;
pub(crate) mod actor_page;
mod bar;
mod day;
mod diff;
pub(crate) mod event;
pub(crate) mod failure;
mod fields;
mod form;
pub(crate) mod history;
mod json;
mod last_changes;
mod layout;
mod nothing;
mod record;
mod row;
mod sentence;
pub(crate) mod story;
mod strip;
pub(crate) mod timeline;

use maud::{Markup, html};

use crate::row::PageRow;
use crate::view::View;

/// Returns rows for a page that is open, newest first.
pub(crate) fn tail_rows(view: View<'_>, rows: &[PageRow]) -> Markup {
    html! { @for one in rows.iter().rev() { (row::row(view, one, sentence::Voice::Whole, false)) } }
}
