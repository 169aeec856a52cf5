//! Texts in every borrowed or owned form: all record the same value as types with only `Display`.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::sync::Arc;

use behavior_trace::{behavior_trace, record};

use super::collected::events;

/// Returns the id and the reason that a call records.
fn recorded(work: impl FnOnce()) -> String {
    events(work).concat()
}

/// Text in a type of the application.
struct Named(&'static str);

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! each_form {
    ($($name:ident: $form:ty = $value:expr;)*) => {$({
        #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
        fn one(id: $form) {
            let _ = &id;
        }

        #[behavior_trace(action = "user.update", resource = "User", resource_id = id, reason = reason)]
        fn both(id: $form, reason: $form) {
            let _ = (&id, &reason);
        }

        #[behavior_trace(action = "user.update", resource = "User", resource_id = |id| id, reason = |id| id)]
        fn after(id: $form) -> $form {
            id
        }

        let value: fn() -> $form = || $value;
        assert_eq!(recorded(|| one(value())), "user.update User id=a-7");
        assert_eq!(recorded(|| both(value(), value())), "user.update User id=a-7 reason=a-7");
        assert_eq!(recorded(|| {
            let _ = after(value());
        }), "user.update User id=a-7 reason=a-7");
        let name = stringify!($name);
        assert_eq!(
            recorded(|| record!(action = "user.update", resource = "User", resource_id = value(), reason = name)),
            format!("user.update User id=a-7 reason={name}")
        );
    })*};
}

#[test]
fn a_text_says_the_same_in_every_form() {
    static OWNED: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| "a-7".to_owned());
    each_form! {
        literal: &'static str = "a-7";
        twice_lent: &'static &'static str = &"a-7";
        thrice_lent: &'static &'static &'static str = &&"a-7";
        owned: String = "a-7".to_owned();
        lent: &'static String = &OWNED;
        either: Cow<'static, str> = Cow::Borrowed("a-7");
        boxed: Box<str> = "a-7".into();
        shared: Arc<str> = "a-7".into();
        displayed: Named = Named("a-7");
    }
}

#[test]
fn a_text_behind_a_type_parameter_is_displayed() {
    #[behavior_trace(action = "user.update", resource = "User", resource_id = id, reason = reason)]
    fn update<I: Display, R: Display + ?Sized>(id: I, reason: &R) {
        let _ = (&id, reason);
    }

    assert_eq!(
        recorded(|| update("a-7", "moved")),
        "user.update User id=a-7 reason=moved"
    );
}

#[test]
fn an_unsized_text_is_captured() {
    #[behavior_trace(action = "user.update", resource = "User", resource_id = id[..3], reason = *reason)]
    fn update(id: &str, reason: &str) {}

    assert_eq!(
        recorded(|| update("a-7 and more", "moved")),
        "user.update User id=a-7 reason=moved"
    );
}

#[test]
fn a_long_text_is_cut_as_what_displays_it_is() {
    #[behavior_trace(action = "user.update", resource = "User", reason = reason)]
    fn copied(reason: &str) {}

    #[behavior_trace(action = "user.update", resource = "User", reason = reason)]
    fn displayed<R: Display>(reason: R) {
        let _ = &reason;
    }

    let long = "é".repeat(5000);
    let cut = recorded(|| copied(&long));
    assert!(cut.ends_with("é…") && cut.len() < 9000);
    assert_eq!(cut, recorded(|| displayed(&*long)));
}

#[test]
fn of_none_nothing_is_written() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id, reason = why)]
    fn both(id: Option<u64>, why: Option<&str>) {
        let _ = (id, why);
    }
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn borrowed(id: Option<&String>) {
        let _ = id;
    }
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |user| user.parent)]
    fn parent(parent: Option<u64>) -> Child {
        Child { parent }
    }
    assert_eq!(
        events(|| both(Some(7), Some("why"))),
        ["user.touch User id=7 reason=why"]
    );
    assert_eq!(events(|| both(None, None)), ["user.touch User"]);
    assert_eq!(
        events(|| borrowed(Some(&"7".to_owned()))),
        ["user.touch User id=7"]
    );
    assert_eq!(events(|| borrowed(None)), ["user.touch User"]);
    assert_eq!(events(|| parent(Some(7)).parent), ["user.touch User id=7"]);
    assert_eq!(events(|| parent(None).parent), ["user.touch User"]);
}

struct Child {
    parent: Option<u64>,
}

impl Child {
    const RESOURCE: &'static str = "User";

    fn touch() {
        record!(action = "user.touch", resource = Self::RESOURCE);
    }
}

#[test]
fn the_macro_takes_a_constant_of_self() {
    assert_eq!(events(Child::touch), ["user.touch User"]);
}
