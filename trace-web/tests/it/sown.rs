//! Rows and scopes by chance, and the addresses that could show a row.

use behavior_trace_core::{Activity, Actor};
use behavior_trace_web::Scope;
use proptest::prelude::*;

use crate::place::row;

/// A row of the property: its values are few, so that rows of both scopes share them.
#[derive(Clone, Debug)]
pub(crate) struct Sown {
    resource: usize,
    id: u8,
    action: usize,
    actor: i64,
    story: usize,
    seconds: u32,
}

pub(crate) const RESOURCES: [&str; 2] = ["Order", "User"];
pub(crate) const ACTIONS: [&str; 3] = ["order.approve", "order.ship", "user.update"];
pub(crate) const STORIES: [&str; 2] = [
    "01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
    "02a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
];

pub(crate) fn sown() -> impl Strategy<Value = Sown> {
    (
        0..2_usize,
        0..3_u8,
        0..3_usize,
        1..3_i64,
        0..2_usize,
        0..3_u32,
    )
        .prop_map(|(resource, id, action, actor, story, seconds)| Sown {
            resource,
            id,
            action,
            actor,
            story,
            seconds,
        })
}

/// Returns the mark of a row, which no address has.
pub(crate) fn mark(number: usize) -> String {
    format!("mark-{number}-")
}

impl Sown {
    pub(crate) fn row(&self, number: usize) -> Activity<'static> {
        let mark = mark(number);
        let mut row = row(self.seconds * 1_000_000);
        row.resource = RESOURCES[self.resource].into();
        row.resource_id = Some(self.id.to_string().into());
        row.action = ACTIONS[self.action].into();
        row.actor_id = Some(self.actor);
        row.correlation_id = Some(STORIES[self.story].into());
        row.request_id = Some(mark.clone().into());
        row.route_name = Some(mark.clone().into());
        row.ip_address = Some(mark.clone().into());
        row.user_agent = Some(mark.clone().into());
        row.payload = format!(
            r#"{{"actor_label":"{mark}","reason":"{mark}","impersonator":"ADMIN:9","diff":{{"{mark}":{{"from":"{mark}","to":1}}}}}}"#
        )
        .into();
        row
    }
}

/// A scope of the property.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    Kind(usize),
    One(usize, u8),
    Prefix,
    Actor(i64),
    KindAndActor(usize, i64),
}

pub(crate) fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        (0..2_usize).prop_map(Seen::Kind),
        (0..2_usize, 0..3_u8).prop_map(|(kind, id)| Seen::One(kind, id)),
        Just(Seen::Prefix),
        (1..3_i64).prop_map(Seen::Actor),
        (0..2_usize, 1..3_i64).prop_map(|(kind, actor)| Seen::KindAndActor(kind, actor)),
    ]
}

impl Seen {
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::Kind(kind) => Scope::resource_type(RESOURCES[*kind]),
            Self::One(kind, id) => Scope::resource(RESOURCES[*kind], id),
            Self::Prefix => Scope::action_prefix("order."),
            Self::Actor(actor) => Scope::actor(Actor::admin(*actor)),
            Self::KindAndActor(kind, actor) => {
                Scope::resource_type(RESOURCES[*kind]).and(Scope::actor(Actor::admin(*actor)))
            }
        }
    }

    pub(crate) fn has(&self, row: &Sown) -> bool {
        match self {
            Self::Kind(kind) => row.resource == *kind,
            Self::One(kind, id) => (row.resource, row.id) == (*kind, *id),
            Self::Prefix => ACTIONS[row.action].starts_with("order."),
            Self::Actor(actor) => row.actor == *actor,
            Self::KindAndActor(kind, actor) => (row.resource, row.actor) == (*kind, *actor),
        }
    }
}

/// Returns an address of each route and each filter that could show a row.
pub(crate) fn routes(row: &Activity<'_>) -> Vec<String> {
    let (resource, id) = (&row.resource, row.resource_id.as_deref().expect("an id"));
    let story = row.correlation_id.as_deref().expect("a story");
    let actor = row.actor_id.expect("a number");
    let at = row.occurred_at.as_micros();
    let request = row.request_id.as_deref().expect("a request");
    let filters = [
        String::new(),
        format!("resource={resource}"),
        format!("resource={resource}:{id}"),
        format!("correlation={story}"),
        format!("time=24h&actor=admin:{actor}"),
        format!("time=24h&action={}", row.action),
        format!("time=24h&request={request}"),
        format!("time=24h&address={request}"),
        format!("time=24h&route={request}"),
        "time=24h&key=reason".to_owned(),
        "time=24h&impersonator=admin:9".to_owned(),
        "since=2020-01-01&before=2099-01-01".to_owned(),
    ];
    let lists = ["/", "/export.csv", "/export.jsonl"];
    let listed = filters
        .iter()
        .flat_map(|filter| lists.map(|list| format!("{list}?{filter}")));
    let others = [
        format!("/resource/{resource}/{id}"),
        format!("/resource/{resource}/{id}?time=24h"),
        format!("/story/{story}"),
        format!("/story/{story}?actor=admin:{actor}"),
        format!("/actor/admin/{actor}"),
        "/actor/admin".to_owned(),
        format!("/event/{}", row.event_id),
        format!("/event/{}?at={at}", row.event_id),
        format!("/event/{}?time=24h", row.event_id),
        format!("/event/{}?resource={resource}", row.event_id),
    ];
    listed.chain(others).collect()
}
