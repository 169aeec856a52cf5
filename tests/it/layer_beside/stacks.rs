//! Stackings of layers.

use std::sync::Arc;

use behavior_trace_layer::BehaviorTraceLayer;
use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::filter::{DynFilterFn, FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, registry, reload};

use super::work::Foreign;
use crate::collected::Collected;

/// Stacking with the recorder's layer or without it.
pub(super) struct Stack {
    pub(super) name: &'static str,
    /// A filter for the whole subscriber drops INFO.
    pub(super) hides_info: bool,
    with: fn(Foreign, &Arc<Collected>) -> Dispatch,
    without: fn(Foreign) -> Dispatch,
}

impl Stack {
    /// Returns whether a filter of the application wraps the recorder's layer.
    pub(super) fn filters_ours(&self) -> bool {
        self.name.starts_with("a filter around")
    }

    pub(super) fn build(&self, with_ours: bool) -> (Dispatch, Foreign, Arc<Collected>) {
        let (seen, sink) = (Foreign::default(), Collected::new());
        let dispatch = if with_ours {
            (self.with)(seen.clone(), &sink)
        } else {
            (self.without)(seen.clone())
        };
        (dispatch, seen, sink)
    }
}

fn ours<S>(sink: &Arc<Collected>) -> BehaviorTraceLayer<S> {
    BehaviorTraceLayer::new(sink.clone())
}

/// Creates another filtered layer, whose events no test reads.
fn quiet() -> Foreign {
    Foreign::default()
}

fn env(directives: &str) -> EnvFilter {
    EnvFilter::new(directives)
}

fn dynamic<S>() -> DynFilterFn<S> {
    DynFilterFn::new(|metadata: &Metadata<'_>, _: &Context<'_, S>| *metadata.level() <= Level::INFO)
}

fn targets() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("app", LevelFilter::DEBUG)
}

/// Builds each stacking twice. `ours` is the recorder's layer in the first form. In the second it is `None`, a layer without
/// interest in any level.
macro_rules! stacks {
    ($($name:literal $hides:literal: |$seen:ident, $ours:ident| $make:expr;)*) => {
        &[$(Stack {
            name: $name,
            hides_info: $hides,
            with: |$seen, sink| {
                macro_rules! $ours { () => { ours(sink) } }
                $make.into()
            },
            without: |$seen| {
                macro_rules! $ours { () => { None::<BehaviorTraceLayer<_>> } }
                $make.into()
            },
        }),*]
    };
}

const INFO: LevelFilter = LevelFilter::INFO;

pub(super) const STACKS: &[Stack] = stacks! {
    "info, then ours" false: |seen, our| registry().with(seen.with_filter(INFO)).with(our!());
    "ours, then info" false: |seen, our| registry().with(our!()).with(seen.with_filter(INFO));
    "unfiltered" false: |seen, our| registry().with(seen).with(our!());
    "targets" false: |seen, our| registry().with(seen.with_filter(targets())).with(our!());
    "env" false: |seen, our| registry().with(seen.with_filter(env("info,app=debug"))).with(our!());
    "env with spans" false: |seen, our| {
        registry().with(seen.with_filter(env("info,[request{actor_id=2}]=debug"))).with(our!())
    };
    "a function" false: |seen, our| {
        let filter = filter_fn(|metadata| *metadata.level() <= Level::INFO);
        registry().with(seen.with_filter(filter)).with(our!())
    };
    "a dynamic function" false: |seen, our| registry().with(seen.with_filter(dynamic())).with(our!());
    "combined filters" false: |seen, our| {
        registry().with(seen.with_filter(INFO.and(targets()).or(LevelFilter::WARN).not().not())).with(our!())
    };
    "three filtered layers" false: |seen, our| {
        let (quiet, debug) = (quiet().with_filter(LevelFilter::WARN), quiet().with_filter(LevelFilter::DEBUG));
        registry().with(quiet).with(seen.with_filter(INFO)).with(our!()).with(debug)
    };
    "reload around the other" false: |seen, our| {
        let (other, _handle) = reload::Layer::new(seen.with_filter(INFO));
        registry().with(other).with(our!())
    };
    "reload around the other's filter" false: |seen, our| {
        let (filter, _handle) = reload::Layer::new(INFO);
        registry().with(seen.with_filter(filter)).with(our!())
    };
    "boxed" false: |seen, our| registry().with(seen.with_filter(INFO).boxed()).with(our!().boxed());
    "a list" false: |seen, our| registry().with(vec![seen.with_filter(INFO).boxed(), our!().boxed()]);
    "a list, ours first" false: |seen, our| registry().with(vec![our!().boxed(), seen.with_filter(INFO).boxed()]);
    "a list with an unfiltered one" false: |seen, our| {
        registry().with(vec![quiet().boxed(), seen.with_filter(INFO).boxed(), our!().boxed()])
    };
    "options" false: |seen, our| {
        registry().with(Some(seen.with_filter(INFO))).with(None::<Foreign>).with(Some(our!()))
    };
    "a tree" false: |seen, our| registry().with(seen.with_filter(INFO).and_then(our!()).and_then(quiet()));
    "a tree, ours first" false: |seen, our| registry().with(Layer::and_then(our!(), seen.with_filter(INFO)));
    "a filter around ours" false: |seen, our| {
        registry().with(seen.with_filter(INFO)).with(our!().with_filter(LevelFilter::DEBUG))
    };
    "a filter around both" false: |seen, our| {
        registry().with(seen.with_filter(INFO).and_then(our!()).with_filter(targets()))
    };
    "env for all, then ours" false: |seen, our| registry().with(env("info,app=debug")).with(seen).with(our!());
    "ours, then env for all" false: |seen, our| {
        registry().with(our!()).with(seen.with_filter(INFO)).with(env("info,app=debug"))
    };
    "env with spans for all" false: |seen, our| {
        registry().with(env("info,[request{actor_id=2}]=debug")).with(seen.with_filter(INFO)).with(our!())
    };
    "a dynamic function for all" false: |seen, our| {
        registry().with(dynamic()).with(seen.with_filter(INFO)).with(our!())
    };
    "warn for all" true: |seen, our| {
        registry().with(LevelFilter::WARN).with(seen.with_filter(INFO)).with(our!())
    };
};
