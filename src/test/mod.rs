//! Tests of code that records: a capture in place of a database, and assertions.
//!
//! A [`Capture`] collects the events of annotated functions as the rows that a store would receive. It applies to a thread
//! or a future, so that parallel tests do not mix.
//!
//! ```
//! use behavior_trace::test::Capture;
//! use behavior_trace::{assert_not_recorded, assert_recorded, behavior_trace};
//!
//! #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
//! fn rename(id: u64, name: &str) -> Result<(), String> {
//!     if name.is_empty() { Err("a user needs a name".to_owned()) } else { Ok(()) }
//! }
//!
//! let capture = Capture::new();
//! capture.in_scope(|| {
//!     rename(7, "Ada").unwrap();
//!     rename(8, "").unwrap_err();
//! });
//! assert_recorded!(capture, action = "user.update", resource_id = "7");
//! assert_not_recorded!(capture, resource_id = "8");
//! ```

mod capture;
mod expected;
mod scoped;

pub use capture::{Capture, CaptureGuard};
pub use expected::Expected;
pub use scoped::CaptureFuture;

/// Asserts that a [`Capture`](crate::test::Capture) holds an event with these values.
///
/// The keys are the methods of [`Expected`](crate::test::Expected).
///
/// # Panics
///
/// Panics if there is no such event, and lists the existing ones.
#[macro_export]
macro_rules! assert_recorded {
    ($capture:expr, $($key:ident = $value:expr),+ $(,)?) => {
        $crate::test::Expected::new()$(.$key($value))+.assert_recorded(&$capture)
    };
}

/// Asserts that a [`Capture`](crate::test::Capture) holds no event with these values; without any, no event at all.
///
/// The keys are the methods of [`Expected`](crate::test::Expected).
///
/// # Panics
///
/// Panics if there is such an event, and shows it.
#[macro_export]
macro_rules! assert_not_recorded {
    ($capture:expr $(, $key:ident = $value:expr)* $(,)?) => {
        $crate::test::Expected::new()$(.$key($value))*.assert_not_recorded(&$capture)
    };
}
