//! `serve`.

mod address;
mod browser;
mod end;
mod page;
