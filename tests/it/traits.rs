//! `Send` and `Sync` of the public types.

use behavior_trace::config::{Config, DatabaseUrl, Pipeline};
use behavior_trace::erasure::Erasure;
use behavior_trace::export::Export;
use behavior_trace::query::{
    ActivityStream, Cursor, Follow, FollowPosition, Page, Query, QueryError, Reader,
};
use behavior_trace::retention::{Partitions, Retention};
use behavior_trace::schema::Migrations;
use behavior_trace::{Activity, Actor, BehaviorTrace, Context, RecorderHandle, Timestamp};

fn send<T: Send>() {}
fn share<T: Send + Sync>() {}

#[test]
fn what_an_application_holds_is_sent_and_shared() {
    share::<BehaviorTrace>();
    share::<RecorderHandle>();
    share::<Pipeline>();
    share::<Config>();
    share::<DatabaseUrl>();
    share::<Context>();
    share::<Actor>();
    share::<Timestamp>();
    share::<Activity<'static>>();
    share::<Reader>();
    share::<Query>();
    share::<Cursor>();
    share::<Page>();
    share::<QueryError>();
    share::<Export>();
    share::<Retention>();
    share::<Partitions>();
    share::<Erasure>();
    share::<Migrations>();
    share::<FollowPosition>();
    send::<ActivityStream>();
    send::<Follow>();
}

/// Checks that the builder can set every field of the configuration.
#[test]
fn each_field_of_the_configuration_has_a_setter() {
    let config = include_str!("../../trace-runtime/src/config/mod.rs");
    let builder = include_str!("../../src/install/builder.rs");
    let fields = config.split("pub struct Config {").nth(1);
    let fields = fields.and_then(|rest| rest.split("\n}").next());
    let fields: Vec<&str> = fields
        .expect("the fields")
        .lines()
        .filter_map(|line| line.strip_prefix("    pub ")?.split(':').next())
        .collect();
    assert!(fields.len() > 15, "{fields:?}");
    for field in fields {
        // One call for each action.
        let setter = if field == "durable_actions" {
            "durable_action"
        } else {
            field
        };
        assert!(builder.contains(&format!("pub fn {setter}(")), "{field}");
    }
}
