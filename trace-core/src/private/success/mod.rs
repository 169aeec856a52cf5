//! Success by type: the check of a returned value that the compiler picks.
//!
//! # An example
//!
//! ```text
//! #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
//! fn update(&self, id: u64) -> Saved { … }        // `Saved` implements `Outcome`
//! ```
//!
//! The macro knows the spelling of a type, not its meaning. So it writes a call that fits any type:
//!
//! ```text
//! SuccessCheck::of(&__returned).finish(&CALLSITE, __entry, __returned)
//! ```
//!
//! The compiler knows the type and looks for a method `finish`:
//!
//! 1. It looks at `SuccessCheck<Saved>`. The `impl` there is for `SuccessCheck<Result<T, E>>`: it does not fit.
//! 2. It follows `Deref` to `SuccessCheckOutcome<Saved>`. The `impl` there requires `R: Outcome`: it fits.
//! 3. That `finish` calls `Saved::success`, and ends the call with or without an event.
//!
//! The order of the tiers is the order of precedence. No trait has to be in scope, and a type alias changes nothing.
//!
//! # The tiers
//!
//! | | tier | fits | a success is | file |
//! |-|---|---|---|---|
//! | 1 | `SuccessCheck` | `Result<T: Outcome, E>` | an `Ok` whose value is a success | `result.rs` |
//! |   | | a boxed future of one | an output that is a success | `indirect_checks.rs` |
//! | 2 | `SuccessCheckOutcome` | `R: Outcome` | decided by the type | `outcome.rs` |
//! |   | | a boxed future of one | an output that is a success | `indirect_checks.rs` |
//! |   | | `Option`, `bool`, `Poll`, `ControlFlow` | an error: `on = …` has to decide | `outcome.rs` |
//! | 3 | `SuccessCheckBoxed` | a boxed future of a plain value, a reference to one | any | `indirect_checks.rs` |
//! | 4 | `SuccessCheckOpen` | a boxed future of anything else, a reference to it | an error: no `Outcome` | `indirect_checks.rs` |
//! | 5 | `SuccessCheckFuture` | any other future | an error: its end is not observed | `future.rs` |
//! | 6 | `SuccessCheckPlain` | a plain value | any | `plain.rs` |
//! | 7 | `SuccessCheckUnknown` | all others, such as a type parameter | decided by `R: Outcome`, or an error | `unknown.rs` |
//!
//! An error is a `finish` with a bound that the type does not meet. The `on_unimplemented` of the bound is the message.
//!
//! # Shortcuts
//!
//! Method resolution costs compile time. If the spelling of the return type shows the tier, the macro writes a shortcut
//! instead ([`CheckOutcome`], [`CheckResult`], [`CheckNumber`] in `spelled.rs`, [`CheckStatus`] in `status.rs`). A
//! misleading spelling is an error, or the call is counted as undetermined.

/// Implements `Deref` from one tier to the next, so that method resolution continues there.
macro_rules! derefs {
    ($($upper:ident to $lower:ident),*) => {$(
        impl<R> std::ops::Deref for $upper<R> {
            type Target = $lower<R>;

            #[inline]
            fn deref(&self) -> &$lower<R> {
                &self.0
            }
        }
    )*};
}

mod answer;
mod future;
mod indirect;
mod indirect_checks;
mod outcome;
mod plain;
mod result;
mod spelled;
mod status;
mod undetermined;
mod unknown;

pub use result::SuccessCheck;
pub use spelled::{CheckNumber, CheckOutcome, CheckResult};
pub use status::CheckStatus;
