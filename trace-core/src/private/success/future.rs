//! Fifth tier: futures that are not boxed, so that their end is not observed.

use std::future::Future;

use super::plain::SuccessCheckPlain;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;

/// Fifth tier: all other futures.
pub struct SuccessCheckFuture<R>(pub(super) SuccessCheckPlain<R>);

derefs!(SuccessCheckFuture to SuccessCheckPlain);

/// A future whose end is observed. No type implements it: the bound is put on futures whose end is not observed.
#[diagnostic::on_unimplemented(
    message = "this function only creates a future: the event would be recorded before it runs",
    label = "`{Self}` is not watched to its end",
    note = "make it an `async fn`, or return `impl Future` or `Pin<Box<dyn Future>>`"
)]
pub trait ObservableFuture {}

#[expect(clippy::unused_self, reason = "method resolution finds the tier by it")]
impl<F: Future> SuccessCheckFuture<F> {
    /// Fails to compile.
    pub fn finish<R: ObservableFuture>(
        &self,
        _: &'static Callsite,
        _: impl StartedCall,
        returned: R,
    ) -> R {
        returned
    }

    /// Fails to compile.
    pub fn finish_with<R: ObservableFuture>(
        &self,
        _: &'static Callsite,
        _: impl StartedCall,
        returned: R,
        _: impl FnMut(&R, &mut EventWriter<'_>),
    ) -> R {
        returned
    }
}
