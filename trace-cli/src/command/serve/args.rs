//! The options of `serve`.

use behavior_trace::Actor;
use behavior_trace::web::{Column, Scope, Viewer};
use clap::{Args, ValueEnum};

use crate::args::{ResourceArg, parse_actor};

/// The place of the page, and what it shows.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(super) port: u16,
    /// Columns that are not shown, separated by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    hide: Vec<HiddenColumn>,
    /// Shows the rows of one resource alone: a type, or a type and an id such as Order:7
    #[arg(long, value_name = "TYPE[:ID]")]
    resource: Option<ResourceArg>,
    /// Shows what one actor did alone: a kind, or a kind and an id such as user:7
    #[arg(long, value_name = "KIND[:ID]", value_parser = parse_actor)]
    actor: Option<Actor>,
}

/// A column that can be hidden, under its name in the table.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum HiddenColumn {
    ActorLabel,
    Payload,
    CorrelationId,
    RequestId,
    RouteName,
    IpAddress,
    UserAgent,
}

impl From<HiddenColumn> for Column {
    fn from(column: HiddenColumn) -> Self {
        match column {
            HiddenColumn::ActorLabel => Self::ActorLabel,
            HiddenColumn::Payload => Self::Payload,
            HiddenColumn::CorrelationId => Self::CorrelationId,
            HiddenColumn::RequestId => Self::RequestId,
            HiddenColumn::RouteName => Self::RouteName,
            HiddenColumn::IpAddress => Self::IpAddress,
            HiddenColumn::UserAgent => Self::UserAgent,
        }
    }
}

impl ServeArgs {
    pub(super) fn hidden(&self) -> impl Iterator<Item = Column> {
        self.hide.iter().map(|column| Column::from(*column))
    }

    /// Returns the reader of the page. There is one, so the page names the program in place of a person.
    pub(super) fn viewer(&self) -> Viewer {
        let mut viewer = Viewer::new("behavior-trace serve");
        match &self.resource {
            Some(ResourceArg { kind, id: Some(id) }) => {
                viewer = viewer.only(Scope::resource(kind, id));
            }
            Some(ResourceArg { kind, id: None }) => {
                viewer = viewer.only(Scope::resource_type(kind));
            }
            None => {}
        }
        match &self.actor {
            Some(actor) => viewer.only(Scope::actor(actor.clone())),
            None => viewer,
        }
    }
}
