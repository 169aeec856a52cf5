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
