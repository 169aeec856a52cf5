//! Success by the attribute's own rule: `on = …`.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use crate::__private::call::StartedCall;
use crate::__private::call_future::CallFuture;
use crate::__private::finish::{ExtraFields, end};
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;

/// The rule `on = ok`.
#[derive(Clone, Copy)]
pub struct OnOk;
/// The rule `on = some`.
#[derive(Clone, Copy)]
pub struct OnSome;
/// The rule `on = none`.
#[derive(Clone, Copy)]
pub struct OnNone;
/// The rule `on = true`.
#[derive(Clone, Copy)]
pub struct OnTrue;
/// The rule `on = false`.
#[derive(Clone, Copy)]
pub struct OnFalse;
/// The rule `on = always`, and a closure on top of it.
#[derive(Clone, Copy)]
pub struct OnAlways;

/// A rule that selects the success of a return type `R`.
#[diagnostic::on_unimplemented(
    message = "this `on` does not fit a function that returns `{R}`",
    label = "`{R}` cannot be judged so",
    note = "`ok` needs a `Result`, `some` and `none` an `Option`, `true` and `false` a `bool`; `always` and `|r| …` fit every type"
)]
pub trait Selects<R> {
    /// The value that the attribute's closures receive.
    type Success: ?Sized;

    /// Returns the success, if the value is one.
    fn success(returned: &R) -> Option<&Self::Success>;
}

impl<T, E> Selects<Result<T, E>> for OnOk {
    type Success = T;

    fn success(returned: &Result<T, E>) -> Option<&T> {
        returned.as_ref().ok()
    }
}

impl<T> Selects<Option<T>> for OnSome {
    type Success = T;

    fn success(returned: &Option<T>) -> Option<&T> {
        returned.as_ref()
    }
}

impl<T> Selects<Option<T>> for OnNone {
    type Success = ();

    fn success(returned: &Option<T>) -> Option<&()> {
        returned.is_none().then_some(&())
    }
}

impl Selects<bool> for OnTrue {
    type Success = bool;

    fn success(returned: &bool) -> Option<&bool> {
        returned.then_some(returned)
    }
}

impl Selects<bool> for OnFalse {
    type Success = bool;

    fn success(returned: &bool) -> Option<&bool> {
        (!returned).then_some(returned)
    }
}

impl<R> Selects<R> for OnAlways {
    type Success = R;

    fn success(returned: &R) -> Option<&R> {
        Some(returned)
    }
}

macro_rules! behind_pointers {
    ($($pointer:ty $(, $life:lifetime)?;)*) => {$(
        behind_pointers!(@ OnOk, $pointer $(, $life)?);
        behind_pointers!(@ OnSome, $pointer $(, $life)?);
        behind_pointers!(@ OnNone, $pointer $(, $life)?);
        behind_pointers!(@ OnTrue, $pointer $(, $life)?);
        behind_pointers!(@ OnFalse, $pointer $(, $life)?);
    )*};
    (@ $word:ident, $pointer:ty $(, $life:lifetime)?) => {
        #[diagnostic::do_not_recommend]
        impl<R> Selects<$pointer> for $word
        where
            $word: Selects<R>,
        {
            type Success = <$word as Selects<R>>::Success;

            fn success$(<$life>)?(returned: &$($life)? $pointer) -> Option<&$($life)? Self::Success> {
                <$word as Selects<R>>::success(returned)
            }
        }
    };
}

behind_pointers! {
    &R, 'r;
    &mut R, 'r;
    Box<R>;
    Rc<R>;
    Arc<R>;
}

/// A check of a return value by the rule `S`. For a boxed future it runs when the future ends.
pub struct On<S, R>(OnValue<S, R>);

/// A check of a return value that is no boxed future.
pub struct OnValue<S, R>(PhantomData<fn() -> (S, R)>);

impl<S, R> On<S, R> {
    /// Returns the check of a returned value.
    #[inline]
    pub const fn of(_rule: S, _returned: &R) -> Self
    where
        S: Copy,
    {
        Self(OnValue(PhantomData))
    }
}

impl<S, R> Deref for On<S, R> {
    type Target = OnValue<S, R>;

    #[inline]
    fn deref(&self) -> &OnValue<S, R> {
        &self.0
    }
}

/// Returns whether a value is a success. With an event writer it calls `fill` in place of `test`.
fn check<S: Selects<R>, R>(
    returned: &R,
    writer: Option<&mut EventWriter<'_>>,
    test: &mut impl FnMut(&R) -> bool,
    fill: &mut impl FnMut(&S::Success, &mut EventWriter<'_>),
) -> bool {
    let Some(ok) = S::success(returned) else {
        return false;
    };
    match writer {
        Some(writer) => {
            fill(ok, writer);
            true
        }
        None => test(returned),
    }
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the check by it"
)]
impl<S, R> OnValue<S, R> {
    /// Ends the call. It succeeds only if `test` agrees too.
    #[inline]
    pub fn finish_if(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        mut test: impl FnMut(&R) -> bool,
        mut fill: impl FnMut(&S::Success, &mut EventWriter<'_>),
    ) -> R
    where
        S: Selects<R>,
    {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Present,
            |returned, writer| check::<S, R>(returned, writer, &mut test, &mut fill),
        )
    }

    /// Ends the call. `fill` writes fields from the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        fill: impl FnMut(&S::Success, &mut EventWriter<'_>),
    ) -> R
    where
        S: Selects<R>,
    {
        self.finish_if(callsite, call, returned, |_| true, fill)
    }

    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: R) -> R
    where
        S: Selects<R>,
    {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Absent,
            |returned, _| S::success(returned).is_some(),
        )
    }
}

macro_rules! boxed {
    ($($future:ty, ($($bound:tt)*);)*) => {$(
        impl<'a, S: 'a, T: 'a> On<S, Pin<Box<$future>>> {
            /// Ends the call when the future ends. It succeeds only if `test` agrees too.
            pub fn finish_if(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: Pin<Box<$future>>,
                mut test: impl FnMut(&T) -> bool + $($bound)*,
                mut fill: impl FnMut(&S::Success, &mut EventWriter<'_>) + $($bound)*,
            ) -> Pin<Box<$future>>
            where
                S: Selects<T>,
            {
                Box::pin(CallFuture::new(callsite, call, returned, move |output: &T, writer: Option<&mut EventWriter<'_>>| {
                    check::<S, T>(output, writer, &mut test, &mut fill)
                }))
            }

            /// Ends the call when the future ends. `fill` writes fields from its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: Pin<Box<$future>>,
                fill: impl FnMut(&S::Success, &mut EventWriter<'_>) + $($bound)*,
            ) -> Pin<Box<$future>>
            where
                S: Selects<T>,
            {
                self.finish_if(callsite, call, returned, |_| true, fill)
            }

            /// Ends the call when the future ends.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: Pin<Box<$future>>,
            ) -> Pin<Box<$future>>
            where
                S: Selects<T>,
            {
                self.finish_if(callsite, call, returned, |_| true, |_, _| ())
            }
        }
    )*};
}

boxed! {
    dyn Future<Output = T> + 'a, ('a);
    dyn Future<Output = T> + Send + 'a, (Send + 'a);
    dyn Future<Output = T> + Send + Sync + 'a, (Send + Sync + 'a);
}
