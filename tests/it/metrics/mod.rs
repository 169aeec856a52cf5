//! The metrics of a recorder: their names, the alerts and the dashboard over them, and a real Prometheus that scrapes them.

mod alerts;
mod described;
mod expression;
mod names;
mod prometheus;
mod scrape;
mod service;
