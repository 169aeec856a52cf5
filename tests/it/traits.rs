//! `Send` and `Sync` of the public types.

use behavior_trace::config::{Config, DatabaseUrl, Pipeline};
use behavior_trace::erasure::Erasure;
use behavior_trace::export::Export;
use behavior_trace::query::{ActivityStream, Cursor, Page, Query, QueryError, Reader};
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
    send::<ActivityStream>();
}
