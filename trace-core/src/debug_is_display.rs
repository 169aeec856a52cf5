/// Implements `Debug` by `Display`, so that a `main` that returns the error and `expect` print the remedy, not the type.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_is_display {
    ($error:ty) => {
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }
    };
}
