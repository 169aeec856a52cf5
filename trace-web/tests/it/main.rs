//! The timeline as a browser sees it: requests through the service, over real stores.

mod addresses;
mod browser;
mod exports;
mod failures;
mod headers;
mod hostile;
mod lists;
mod names;
mod oracle;
mod pages;
mod place;
mod scope;
mod site;
mod sown;
mod tail;
mod tail_bounds;
mod translated;
