//! The outcomes of `Result`, `()`, and pointers to outcomes.

use std::rc::Rc;
use std::sync::Arc;

use super::Outcome;
use super::known_type::{is_scalar, may_fail};

impl<T, E> Outcome for Result<T, E> {
    type Success = T;

    #[inline]
    fn success(&self) -> Option<&T> {
        self.as_ref().ok()
    }

    #[inline]
    fn is_final(&self) -> bool {
        is_scalar::<T>()
    }

    #[inline]
    fn may_hide_failure(&self) -> bool {
        may_fail::<T>()
    }
}

impl Outcome for () {
    type Success = ();

    #[inline]
    fn success(&self) -> Option<&()> {
        Some(self)
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<R: Outcome + ?Sized> Outcome for $pointer {
            type Success = R::Success;

            #[inline]
            fn success(&self) -> Option<&R::Success> {
                R::success(self)
            }

            #[inline]
            fn is_final(&self) -> bool {
                R::is_final(self)
            }

            #[inline]
            fn may_hide_failure(&self) -> bool {
                R::may_hide_failure(self)
            }
        }
    )*};
}

pointers!(&R &mut R Box<R> Rc<R> Arc<R>);
