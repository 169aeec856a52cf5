//! The return values that decide whether a call succeeded.

#[cfg(feature = "http")]
mod http;
pub(crate) mod known_type;
mod process;
mod result;

/// A return value that decides whether the call succeeded.
///
/// These types implement it:
///
/// - `Result` and `()`;
/// - `ExitCode`, `ExitStatus` and `Output` of `std::process`;
/// - with the feature `http`: `http::StatusCode`, `http::Response<_>`, and a tuple that begins with one of the two; 2xx and
///   3xx succeed;
/// - a reference to any of them, or a `Box`, `Rc` or `Arc` of one.
///
/// Implement it for your own type that can mean failure. A returned value of a type without an implementation counts as
/// success. Where generic code cannot know whether a type implements it, the attribute asks for `on = …`. `Option`, `bool`,
/// `Poll` and `ControlFlow` are left out on purpose: the function decides whether `None` is good news. The attribute asks
/// for `on = …` there.
///
/// To the attribute an `Ok` with an outcome inside is a success only if that outcome is one: `Ok(404)` and `Ok(Err(_))` are
/// failures.
///
/// ```
/// use behavior_trace::Outcome;
///
/// enum Saved {
///     Done(u64),
///     Conflict,
/// }
///
/// impl Outcome for Saved {
///     type Success = u64;
///
///     fn success(&self) -> Option<&u64> {
///         match self {
///             Saved::Done(id) => Some(id),
///             Saved::Conflict => None,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the call succeeded",
    label = "neither a `Result` nor a type with an `Outcome`",
    note = "return a `Result`, implement `behavior_trace::Outcome` for `{Self}`, or add `on = …` to the attribute",
    note = "around a unit of work, say it for any type: `unit_of_work_with(…, |output| …)`"
)]
pub trait Outcome {
    /// The value of a success, which the attribute's closures receive.
    type Success: ?Sized;

    /// Returns the value if the call succeeded.
    fn success(&self) -> Option<&Self::Success>;

    /// Returns whether the size of the type alone proves the success, which costs nothing.
    #[doc(hidden)]
    #[inline]
    fn is_final(&self) -> bool {
        true
    }

    /// Returns whether the value of the success may itself be a failure, after generics are filled in.
    #[doc(hidden)]
    #[inline]
    fn may_hide_failure(&self) -> bool {
        false
    }
}
