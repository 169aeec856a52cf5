//! The timeline as a browser sees it: requests through the service, over real stores.

mod failures;
mod headers;
mod hostile;
mod pages;
mod place;
mod scope;
mod site;
mod translated;
