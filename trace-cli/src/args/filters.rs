//! Filters of rows, the same for queries, exports and followers.

use behavior_trace::Actor;
use behavior_trace::export::Export;
use behavior_trace::query::{Follow, Query};
use clap::Args;

use super::parse::{ActionArg, ResourceArg, parse_action, parse_actor};
use crate::failure::Failure;
use crate::when::{ZonedClock, is_relative};

/// Filters, combined with AND.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Actor: a kind, or a kind and an id such as user:7
    #[arg(long, value_name = "KIND[:ID]", value_parser = parse_actor)]
    actor: Option<Actor>,
    /// Action, or the beginning of actions such as 'order.*'
    #[arg(long, value_name = "ACTION", value_parser = parse_action)]
    action: Option<ActionArg>,
    /// Resource: a type, or a type and an id such as Order:7
    #[arg(long, value_name = "TYPE[:ID]")]
    resource: Option<ResourceArg>,
    /// Correlation, across all its requests
    #[arg(long, value_name = "ID")]
    correlation: Option<String>,
    /// Request
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Route, as its template such as /orders/{id}
    #[arg(long, value_name = "TEMPLATE")]
    route: Option<String>,
    /// Address of the client
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// Key at the top of the payload, such as diff or reason
    #[arg(long, value_name = "KEY")]
    payload_key: Option<String>,
    /// Earliest time: 2h ago, yesterday, 2026-11-30, 2026-11-30T08:15
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Time before which rows are, in the same forms
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<String>,
}

/// Narrows a query, an export or a follower.
macro_rules! narrowed {
    ($filters:expr, $rows:expr, $clock:expr) => {{
        let (filters, mut rows, clock) = ($filters, $rows, $clock);
        if let Some(actor) = &filters.actor {
            rows = rows.actor(actor);
        }
        match &filters.action {
            Some(ActionArg::Exact(action)) => rows = rows.action(action),
            Some(ActionArg::Prefix(prefix)) => rows = rows.action_prefix(prefix),
            Some(ActionArg::Any) | None => {}
        }
        match &filters.resource {
            Some(ResourceArg { kind, id: Some(id) }) => rows = rows.resource(kind, id),
            Some(ResourceArg { kind, id: None }) => rows = rows.resource_type(kind),
            None => {}
        }
        if let Some(id) = &filters.correlation {
            rows = rows.correlation_id(id);
        }
        if let Some(id) = &filters.request {
            rows = rows.request_id(id);
        }
        if let Some(route) = &filters.route {
            rows = rows.route_name(route);
        }
        if let Some(address) = &filters.ip {
            rows = rows.ip_address(address);
        }
        if let Some(key) = &filters.payload_key {
            rows = rows.payload_key(key);
        }
        if let Some(since) = &filters.since {
            rows = rows.since(clock.read(since).map_err(Failure::usage)?);
        }
        if let Some(before) = &filters.before {
            rows = rows.before(clock.read(before).map_err(Failure::usage)?);
        }
        Ok(rows)
    }};
}

impl FilterArgs {
    /// Returns whether there is a time among the filters.
    pub(crate) const fn has_time(&self) -> bool {
        self.since.is_some() || self.before.is_some()
    }

    /// Returns whether a time among the filters is relative to now.
    pub(crate) fn has_relative_time(&self) -> bool {
        let times = [&self.since, &self.before];
        times.into_iter().flatten().any(|time| is_relative(time))
    }

    /// Returns the filters as they were given, the same text for the same filters.
    pub(crate) fn in_words(&self) -> String {
        let actor = self.actor.as_ref().map(|actor| match actor.id() {
            Some(id) => format!("{}:{id}", actor.kind()),
            None => actor.kind().to_owned(),
        });
        let words = [
            ("actor", actor),
            ("action", self.action.as_ref().map(ToString::to_string)),
            ("resource", self.resource.as_ref().map(ToString::to_string)),
            ("correlation", self.correlation.clone()),
            ("request", self.request.clone()),
            ("route", self.route.clone()),
            ("ip", self.ip.clone()),
            ("payload-key", self.payload_key.clone()),
            ("since", self.since.clone()),
            ("before", self.before.clone()),
        ];
        let words = words
            .into_iter()
            .filter_map(|(name, word)| Some(format!("--{name} {}", word?)));
        let words: Vec<_> = words.collect();
        if words.is_empty() {
            "all rows".to_owned()
        } else {
            words.join(" ")
        }
    }

    pub(crate) fn query(&self, query: Query, clock: &ZonedClock) -> Result<Query, Failure> {
        narrowed!(self, query, clock)
    }

    pub(crate) fn export(&self, export: Export, clock: &ZonedClock) -> Result<Export, Failure> {
        narrowed!(self, export, clock)
    }

    pub(crate) fn follow(&self, follow: Follow, clock: &ZonedClock) -> Result<Follow, Failure> {
        narrowed!(self, follow, clock)
    }
}
