//! The timeline: a page on which people read the recorded activity.
//!
//! An application mounts it in one line, as an axum router or a tower service. It only reads: every route answers GET and
//! HEAD alone, sets no cookie and records nothing.
//!
//! ```
//! use axum::Router;
//! use behavior_trace::config::DatabaseUrl;
//! use behavior_trace::query::Reader;
//! use behavior_trace::web::{Column, Scope, Timeline, Viewer};
//!
//! # async fn shutdown_signal() {}
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let page = Timeline::new(Reader::new(&DatabaseUrl::memory()))
//!     // Required: without it there is no router.
//!     .viewer(|parts| async move {
//!         let role = parts.headers.get("x-role")?.to_str().ok()?;
//!         match role {
//!             "auditor" => Some(Viewer::new("an auditor")),
//!             "support" => Some(Viewer::new("support").only(Scope::resource_type("Order"))),
//!             _ => None,
//!         }
//!     })
//!     .hide([Column::IpAddress, Column::UserAgent]);
//! let app: Router = Router::new().nest("/activity", page.router(shutdown_signal()));
//! # drop(app);
//! # }
//! ```
//!
//! Applications depend on the facade, `behavior-trace`, whose feature `web` has this package as `behavior_trace::web`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod access;
mod actor;
mod assets;
mod body;
mod column;
mod condition;
mod difference;
mod export;
mod failure;
mod host_link;
mod moment;
mod names;
mod page;
mod payload;
mod pieces;
mod request;
mod respond;
mod row;
mod service;
mod settings;
mod stored;
mod tail;
mod texts;
mod timeline;
mod value;
mod verb;
mod view;
mod viewer;

pub use body::TimelineBody;
pub use column::Column;
pub use host_link::LinkedResource;
pub use names::{DisplayNames, NameRequest};
pub use service::TimelineService;
pub use texts::Texts;
pub use timeline::{NoViewer, Timeline, ViewerOf};
pub use viewer::{Scope, Viewer};
