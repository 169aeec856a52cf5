use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;

use proptest::prelude::*;

use crate::context::DEEPEST;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;
use crate::{Actor, Context, ContextToken, ParseTokenError, propagate, propagate_fn};

fn described() -> Fields {
    let mut fields = Fields::new();
    Context::describe_current(&mut fields);
    fields
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(Waker::noop()))
}

#[test]
fn the_inner_context_answers_first_and_the_outer_one_for_the_rest() {
    Context::new()
        .actor(Actor::user(1))
        .request_id("outer")
        .in_scope(|| {
            Context::new().request_id("inner").in_scope(|| {
                let fields = described();
                assert_eq!(fields.get(Field::RequestId), Some("inner"));
                assert_eq!(fields.get(Field::ActorId), Some("1"));
            });
        });
    assert!(described().is_empty());
}

#[test]
fn an_actor_set_late_reaches_all_later_events_also_of_what_was_spawned_before() {
    let context = Context::new().request_id("r");
    context.clone().in_scope(|| {
        let spawned = propagate_fn(|| described().get(Field::ActorType).map(str::to_owned));
        context.set_actor(Actor::admin(9));
        assert_eq!(described().get(Field::ActorType), Some("ADMIN"));
        let seen = thread::spawn(spawned).join().unwrap();
        assert_eq!(seen.as_deref(), Some("ADMIN"));
    });
}

#[test]
fn an_actor_brings_its_own_impersonator_or_none() {
    let outer = Context::new()
        .actor(Actor::user(1))
        .impersonator(Actor::admin(2));
    outer.in_scope(|| {
        assert_eq!(described().get(Field::Impersonator), Some("ADMIN:2"));
        Context::new().actor(Actor::system()).in_scope(|| {
            assert_eq!(described().get(Field::Impersonator), None);
        });
    });
}

#[test]
fn an_actor_of_no_kind_is_nobody_elses() {
    Context::new()
        .actor(Actor::admin(1).with_label("Root"))
        .impersonator(Actor::service(2))
        .in_scope(|| {
            for actor in [Actor::new("", 7), Actor::new("", "7").with_label("")] {
                Context::new().actor(actor).in_scope(|| {
                    assert_eq!(described_actor(), ["ANONYMOUS", "7", "", ""]);
                });
            }
            Context::new().actor(Actor::new("", "")).in_scope(|| {
                assert_eq!(described_actor(), ["ANONYMOUS", "", "", ""]);
            });
        });
}

/// Kind, id, label and impersonator.
fn described_actor() -> [String; 4] {
    let fields = described();
    [
        Field::ActorType,
        Field::ActorId,
        Field::ActorLabel,
        Field::Impersonator,
    ]
    .map(|field| fields.get(field).unwrap_or_default().to_owned())
}

#[test]
fn an_impersonator_goes_with_the_actor_it_was_said_with() {
    let context = Context::new()
        .impersonator(Actor::admin(2))
        .actor(Actor::user(1).with_label("Ada"));
    context.clone().in_scope(|| {
        assert_eq!(described_actor(), ["USER", "1", "Ada", "ADMIN:2"]);
        Context::new().impersonator(Actor::admin(3)).in_scope(|| {
            assert_eq!(described_actor(), ["USER", "1", "Ada", "ADMIN:2"]);
        });
        context.set_actor(Actor::user(4));
        assert_eq!(described_actor(), ["USER", "4", "", ""]);
        context.set_impersonator(Actor::new("", 5));
        assert_eq!(described_actor(), ["USER", "4", "", "ANONYMOUS:5"]);
    });
}

#[test]
fn what_an_actor_says_is_cut_to_one_character_more_than_is_kept() {
    let long = "é".repeat(100_000);
    let actor = || Actor::new(long.clone(), long.clone()).with_label(long.clone());
    let context = Context::new().actor(actor()).impersonator(actor());
    let token = Context::from(
        context
            .token()
            .to_string()
            .replacen("actor_label=", &format!("actor_label={long}"), 1)
            .parse::<ContextToken>()
            .unwrap(),
    );
    for context in [context, token] {
        let characters = |field| context.value(field).unwrap().chars().count();
        assert_eq!(characters(Field::ActorType), limits::ACTOR_TYPE + 1);
        assert_eq!(characters(Field::ActorId), limits::NAME + 1);
        assert_eq!(characters(Field::ActorLabel), limits::NAME + 1);
        assert!(characters(Field::Impersonator) < 2 * limits::NAME);
    }
}

/// Work that starts its successor from within its own scope.
fn successors(count: usize) -> Context {
    let mut last = Context::root().actor(Actor::user(1)).request_id("first");
    for n in 0..count {
        last = last.in_scope(|| Context::new().route_name(format!("/{n}")));
    }
    last
}

#[test]
fn contexts_that_begin_inside_each_other_without_end_say_the_same_at_the_same_price() {
    for count in [1, DEEPEST, DEEPEST + 1, 100_000] {
        let last = successors(count);
        assert!(last.chain().count() <= DEEPEST + 1, "{count}");
        last.in_scope(|| {
            assert_eq!(described_actor(), ["USER", "1", "", ""]);
            let fields = described();
            assert_eq!(fields.get(Field::RequestId), Some("first"));
            let route = format!("/{}", count - 1);
            assert_eq!(fields.get(Field::RouteName), Some(&*route));
        });
    }
}

#[test]
fn an_actor_set_late_reaches_as_many_contexts_inside_as_are_kept() {
    let outer = Context::root();
    let inner = (0..DEEPEST).fold(outer.clone(), |around, _| around.in_scope(Context::new));
    outer.set_actor(Actor::user(9));
    inner.in_scope(|| assert_eq!(described_actor(), ["USER", "9", "", ""]));
}

#[test]
fn a_root_context_hears_nothing_of_the_current_one() {
    Context::new().request_id("r").in_scope(|| {
        Context::root().in_scope(|| assert!(described().is_empty()));
    });
}

#[test]
fn the_context_is_there_while_a_future_is_polled_and_while_it_is_dropped_but_not_between() {
    struct Seen(Arc<Mutex<Vec<Option<String>>>>);
    impl Seen {
        fn look(&self) {
            let id = described().get(Field::RequestId).map(str::to_owned);
            self.0.lock().unwrap().push(id);
        }
    }
    impl Drop for Seen {
        fn drop(&mut self) {
            self.look();
        }
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let inner = Seen(seen.clone());
    let mut future = Box::pin(Context::new().request_id("r").scope(async move {
        inner.look();
        std::future::pending::<()>().await;
    }));
    assert!(poll(future.as_mut()).is_pending());
    assert!(described().is_empty());
    drop(future);
    assert_eq!(
        *seen.lock().unwrap(),
        [Some("r".to_owned()), Some("r".to_owned())]
    );
}

#[test]
fn a_panic_inside_a_scope_leaves_the_thread_as_it_was() {
    let context = Context::new().request_id("r");
    let caught = std::panic::catch_unwind(|| context.in_scope(|| panic!("not today")));
    assert!(caught.is_err());
    assert!(described().is_empty());
}

#[test]
fn carrying_nothing_changes_nothing() {
    let mut future = Box::pin(propagate(async {
        described().get(Field::RequestId).map(str::to_owned)
    }));
    let seen = Context::new()
        .request_id("r")
        .in_scope(|| poll(future.as_mut()));
    assert_eq!(seen, std::task::Poll::Ready(Some("r".to_owned())));
}

#[test]
fn a_long_value_is_cut_to_one_character_more_than_its_column() {
    let context = Context::new().user_agent("é".repeat(10_000));
    let kept = context.value(Field::UserAgent).unwrap();
    assert_eq!(kept.chars().count(), limits::USER_AGENT + 1);
}

#[test]
fn a_token_is_a_copy() {
    let context = Context::new().actor(Actor::user(1));
    let token = context.token();
    context.set_actor(Actor::user(2));
    assert_eq!(
        Context::from(token).value(Field::ActorId).as_deref(),
        Some("1")
    );
}

#[test]
fn what_is_no_token_is_refused_with_what_to_do() {
    let newer = "v=2&actor_type=USER".parse::<ContextToken>().unwrap_err();
    assert_eq!(newer, ParseTokenError::Newer);
    for text in ["", "actor_type=USER", "{}"] {
        let error = text.parse::<ContextToken>().unwrap_err();
        assert_eq!(error, ParseTokenError::NoToken, "{text}");
    }
}

#[test]
fn a_token_passes_over_names_it_does_not_know() {
    let token: ContextToken = "v=1&mood=good&action=user.delete&request_id=r"
        .parse()
        .unwrap();
    assert_eq!(token.to_string(), "v=1&request_id=r");
}

proptest! {
    #[test]
    fn a_token_brings_every_text_back(label in ".{1,40}", agent in ".{1,40}") {
        let context = Context::new().actor(Actor::user(1).with_label(label.clone())).user_agent(&agent);
        let json = serde_json::to_string(&context.token()).unwrap();
        let token: ContextToken = serde_json::from_str(&json).unwrap();
        let back = Context::from(token);
        prop_assert_eq!(back.value(Field::ActorLabel), Some(label));
        prop_assert_eq!(back.value(Field::UserAgent), Some(agent));
    }

    #[test]
    fn no_text_makes_the_token_parser_panic(text in "(v=1&)?.*") {
        let _ = text.parse::<ContextToken>();
    }
}
